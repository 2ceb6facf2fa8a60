import { isIPv4 } from "node:net";
import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";
import type { AgentIo } from "../io/io.ts";
import type { SnmpPool } from "../io/snmp.ts";
import { power, system } from "./poe-ports/columns.ts";
import { targetOf, type SwitchSettings } from "./poe-ports/switch-settings.ts";
import { plainText } from "./poe-ports/tables.ts";

// Finding switches in a network, for a person who asks for it: never by itself, never in many addresses, never fast.

/** Addresses that a range may have; 1022 hosts are a /22. */
const most = 1022;
/** Addresses asked per second, and at most at a time. */
const perSecond = 50;
const atOnce = 64;
const usualPort = 161;
/** BRIDGE-MIB (RFC 4188): only what bridges has it. */
const bridgePorts = "1.3.6.1.2.1.17.1.2.0";

/** Addresses of a range, and the UDP port to ask at. */
export interface AddressRange {
  readonly addresses: readonly string[];
  readonly port: number;
}

const toNumber = (address: string) => address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
const toAddress = (number: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");

/** `192.0.2.0/28` or `192.0.2.10/32`, with `:PORT` behind it where SNMP is not at 161. */
export function decodeRange(text: string): Decoded<AddressRange> {
  const expected = "an IPv4 network such as 192.0.2.0/28";
  const match = /^([\d.]{7,15})\/(\d{1,2})(?::(\d{1,5}))?$/.exec(text.trim());
  const [, address = "", bits = "", port = `${usualPort}`] = match ?? [];
  const length = Number(bits);
  if (match === null || !isIPv4(address) || length > 32)
    return mismatch("range", expected, text.slice(0, 60));
  if (Number(port) < 1 || Number(port) > 65_535) return mismatch("port", "1 to 65535", port);
  const size = 2 ** (32 - length);
  const first = Math.floor(toNumber(address) / size) * size;
  // A network's own address and its broadcast address are nobody's; the two of a /31 are (RFC 3021).
  const [from, to] = size > 2 ? [first + 1, first + size - 2] : [first, first + size - 1];
  if (to - from + 1 > most) return mismatch("range", `at most ${most} addresses`, `${to - from + 1}`);
  const addresses = Array.from({ length: to - from + 1 }, (_, i) => toAddress(from + i));
  return decoded({ addresses, port: Number(port) });
}

/** Something that answers SNMP. */
export interface FoundDevice {
  /** `HOST` or `HOST:PORT`, as a probe takes it. */
  readonly target: string;
  readonly name: string | undefined;
  readonly about: string | undefined;
  /** It has PoE, or bridges. */
  readonly isSwitch: boolean;
}

async function askOne(
  pool: SnmpPool,
  place: { readonly host: string; readonly port: number },
  settings: SwitchSettings,
  signal: AbortSignal,
): Promise<FoundDevice | undefined> {
  const asked = targetOf(place, { ...settings, retries: 0 });
  if (!asked.ok) return undefined;
  const budget = `${power.budget}.1`;
  const answer = await pool.get(asked.target, [system.name, system.descr, bridgePorts, budget], signal);
  if (!answer.ok) return undefined;
  const text = (oid: string) => {
    const value = answer.values.get(oid);
    return value instanceof Uint8Array ? plainText(value) : undefined;
  };
  return {
    target: place.port === usualPort ? place.host : `${place.host}:${place.port}`,
    name: text(system.name),
    about: text(system.descr),
    isSwitch: answer.values.has(budget) || answer.values.has(bridgePorts),
  };
}

/** Asks each address once, with the given settings; those that answer, in the order of their addresses. */
export async function discoverSwitches(
  { addresses, port }: AddressRange,
  settings: SwitchSettings,
  io: AgentIo,
  signal: AbortSignal,
): Promise<FoundDevice[]> {
  await using pool = io.openSnmp();
  const found = new Map<number, FoundDevice>();
  const asking = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const ask = async (host: string, at: number): Promise<void> => {
    const device = await askOne(pool, { host, port }, settings, signal);
    if (device !== undefined) found.set(at, device);
    io.say(`asked ${at + 1} of ${addresses.length} addresses, ${found.size} answer`);
  };
  for (const [at, host] of addresses.entries()) {
    if (at > 0) await io.clock.sleep(1000 / perSecond, signal);
    if (asking.size >= atOnce) await Promise.race(asking);
    const one: Promise<void> = ask(host, at)
      .catch((error: unknown) => failures.push(error))
      .then(() => {})
      .finally(() => asking.delete(one));
    asking.add(one);
  }
  await Promise.all(asking);
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return [...found].toSorted(([a], [b]) => a - b).map(([, device]) => device);
}
