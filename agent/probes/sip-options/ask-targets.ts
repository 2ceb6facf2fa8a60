import { isIPv6 } from "node:net";
import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import {
  orderSrv,
  srvNamesOf,
  usualSrvNames,
  type ServerTarget,
} from "../../../protocol/sip/server-targets.ts";
import { printHostPort } from "../../../protocol/sip/uri.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { openSipChannel } from "../../io/sip/sip-channel.ts";
import type { SipRecords } from "../../io/sip/sip-records.ts";
import type { PlaceIo } from "../sip-agent/open-place.ts";
import { askOptions } from "./ask-options.ts";

/** Where a domain's records lead (RFC 3263 4.1, 4.2): NAPTR, else the usual SRV names, else the domain itself. */
async function targetsOf(domain: string, records: SipRecords, random: () => number): Promise<ServerTarget[]> {
  const fromNaptr = srvNamesOf(await records.naptr(domain), false);
  const names = fromNaptr.length > 0 ? fromNaptr : usualSrvNames(domain, false);
  const found: ServerTarget[] = [];
  for (const { transport, name, by } of names) {
    for (const { name: host, port } of orderSrv(await records.srv(name), random)) {
      found.push({ transport, host, port, by: `${by} ${name}` });
    }
  }
  return found.length > 0 ? found : [{ transport: "udp", host: domain, port: 5060, by: "A/AAAA" }];
}

interface AskedTarget {
  readonly text: string;
  readonly address: string;
  readonly alive: boolean;
  /** s. */
  readonly took: number;
}

/** Asks every address of every server of a domain, in the order that a phone tries them. @throws the signal's reason. */
export async function askTargets(
  domain: string,
  records: SipRecords,
  {
    timers,
    io,
    observe,
    random = Math.random,
  }: {
    readonly timers: TransactionTimers;
    readonly io: PlaceIo;
    readonly observe: Observe;
    readonly random?: () => number;
  },
  signal: AbortSignal,
): Promise<Observation[]> {
  const asked: AskedTarget[] = [];
  const nameless: string[] = [];
  try {
    for (const target of await targetsOf(domain, records, random)) {
      const addresses = await records.addresses(target.host);
      if (addresses.length === 0)
        nameless.push(`${target.transport} ${target.host} has no address (${target.by})`);
      for (const address of addresses) asked.push(await askOne(domain, target, address, timers, io, signal));
    }
  } catch (error) {
    signal.throwIfAborted();
    const { code = "ESERVFAIL", message } = error as NodeJS.ErrnoException;
    return [observe("dns.error", code, { evidence: message })];
  }
  return observeTargets(asked, nameless, observe);
}

async function askOne(
  domain: string,
  target: ServerTarget,
  address: string,
  timers: TransactionTimers,
  io: PlaceIo,
  signal: AbortSignal,
): Promise<AskedTarget> {
  const { transport, host, port, by } = target;
  const text = `${transport} ${printHostPort(host, port)} ${address}`;
  io.say(`asking ${text}`);
  const start = io.clock.mono();
  const done = (alive: boolean, how: string): AskedTarget => {
    const took = (io.clock.mono() - start) / 1000;
    return { text: `${text}: ${how} (${by})`, address, alive, took };
  };
  try {
    const place = { transport, address, port, serverName: domain, timeout: timers.giveUp };
    await using channel = await openSipChannel(io, place, signal);
    const { exchange } = await askOptions(channel, { host, port, domain, timers, clock: io.clock }, signal);
    const { end } = exchange;
    if (end.kind !== "final")
      return done(false, end.kind === "timeout" ? "no answer" : (end.error?.code ?? "closed"));
    // RFC 3263 4.3: a 503 makes a phone go on to the next, as silence does.
    return done(end.response.code !== 503, `${end.response.code} ${end.response.reason}`);
  } catch (error) {
    signal.throwIfAborted();
    return done(false, (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

function observeTargets(
  asked: readonly AskedTarget[],
  nameless: readonly string[],
  observe: Observe,
): Observation[] {
  const texts = (of: readonly AskedTarget[]) => of.map(({ text }) => text.slice(0, 400)).slice(0, 100);
  const dead = asked.filter(({ alive }) => !alive);
  const alive = asked.filter((each) => each.alive);
  const first = asked.findIndex((each) => each.alive);
  const wait = asked.slice(0, first === -1 ? asked.length : first).reduce((sum, { took }) => sum + took, 0);
  const v6 = asked.filter(({ address }) => isIPv6(address));
  const v4Alive = alive.some(({ address }) => !isIPv6(address));
  const word = v6.length === 0 ? "none" : v6.every((each) => !each.alive) && v4Alive ? "dead" : "answers";
  return [
    observe("sip.targets", [...texts(asked), ...nameless]),
    observe("sip.targets.dead", [...texts(dead), ...nameless]),
    observe("sip.targets.alive", texts(alive)),
    observe("sip.targets.delay", Number(wait.toFixed(2))),
    observe("sip.ipv6", word),
  ];
}
