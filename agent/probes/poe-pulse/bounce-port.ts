import { printMacAddress } from "../../../protocol/mac-address.ts";
import type { Outcome, Subject } from "../../../protocol/observation.ts";
import type { Probe } from "../../../protocol/probe.ts";
import type { AgentIo } from "../../io/io.ts";
import { readPassword } from "../../io/host/read-password.ts";
import type { SnmpTarget } from "../../io/snmp/ask.ts";
import type { SnmpSet } from "../../io/snmp/set.ts";
import { power } from "../poe-ports/columns.ts";
import { numericHost, parseSwitchPlace } from "../poe-ports/switch-place.ts";
import { targetOf, type SwitchSettings } from "../poe-ports/switch-settings.ts";
import { findPort, portNow, refusalOf } from "./bounce-refusals.ts";
import type { KnownSwitches } from "./known-switches.ts";

// Restarting a powered device: pethPsePortAdminEnable (RFC 3621) to false and back to true, then looking whether it is
// there again. Power comes back whatever happens in between, as far as the switch still listens.

type Look = Pick<Probe<typeof SwitchSettings, AgentIo>, "run">;

/** The two looks, and what they know together. */
export interface Looks {
  readonly known: KnownSwitches;
  readonly full: Look;
  readonly pulse: Look;
}

export interface BounceWish {
  /** `HOST[:PORT]` of the switch. */
  readonly target: string;
  readonly settings: SwitchSettings;
  /** As printed on the switch. */
  readonly port: string;
  readonly force: boolean;
}

/** Milliseconds. */
export interface BounceTimes {
  /** Without power: long enough for the phone's capacitors. */
  readonly off: number;
  /** For the phone to come back, all in all. */
  readonly wait: number;
  /** Between two looks. */
  readonly look: number;
}

export const usualBounce: BounceTimes = { off: 3000, wait: 180_000, look: 3000 };

/** A restart that may be made, and whom it concerns. */
export interface BouncePlan {
  readonly ok: true;
  readonly subject: Subject;
  readonly port: string;
  /** `80:5e:c0:01:00:07 (SIP-T46U)`, or what else is known to be there. */
  readonly whom: string;
  readonly phone: string | undefined;
  readonly wish: BounceWish;
  readonly write: SnmpTarget;
  /** pethPsePortAdminEnable of the port. */
  readonly oid: string;
}

export interface BounceRefused {
  readonly ok: false;
  readonly why: string;
  readonly outcome: Outcome;
  /** `--force` would do it. */
  readonly forcible: boolean;
}

const refused = (why: string, outcome: Outcome = "denied", forcible = false): BounceRefused => ({
  ok: false,
  why,
  outcome,
  forcible,
});

/** Who writes; the same place that is read. @throws when the community cannot be read from where it is kept */
async function writerOf(read: SnmpTarget, { writeFrom }: SwitchSettings): Promise<SnmpTarget | string> {
  if (writeFrom === undefined) return "no write access is given for this switch (writeFrom)";
  if (writeFrom === "user") return read.version === "3" ? read : "`user` is for SNMP v3 alone";
  if (read.version === "3") return "with SNMP v3 it is the user who writes (writeFrom = user)";
  return { ...read, community: await readPassword(writeFrom) };
}

async function targetsOf(wish: BounceWish, io: AgentIo) {
  const place = parseSwitchPlace(wish.target);
  const host = place === undefined ? undefined : await numericHost(place.host, io);
  if (place === undefined || host === undefined)
    return refused(`no such switch: ${wish.target}`, "unreachable");
  const read = targetOf({ host, port: place.port }, wish.settings);
  if (!read.ok) return refused(read.why);
  try {
    const write = await writerOf(read.target, wish.settings);
    if (typeof write === "string") return refused(write);
    return { ok: true as const, id: wish.settings.id ?? place.host, read: read.target, write };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function whomOf(value: (key: string) => unknown): string {
  const [mac, model, neighbour] = ["port.phone", "port.phone.model", "port.neighbour"].map(value);
  const named = typeof model === "string" ? model : neighbour;
  if (typeof mac === "string") return printMacAddress(mac) + (typeof named === "string" ? ` (${named})` : "");
  return typeof named === "string" ? named : "a powered device that does not say who it is";
}

/** Looks at the switch and says whom a restart of the port would concern, or why there will be none. Changes nothing. */
export async function planBounce(
  wish: BounceWish,
  { known, full }: Looks,
  io: AgentIo,
  signal: AbortSignal,
): Promise<BouncePlan | BounceRefused> {
  const targets = await targetsOf(wish, io);
  if (!targets.ok) return targets;
  const observations = await full.run(wish.target, wish.settings, io, signal);
  const failed = observations.find(({ key, outcome }) => key === "switch.snmp" && outcome !== "ok");
  if (failed !== undefined) return refused(failed.evidence ?? "the switch does not answer", failed.outcome);
  const placed = findPort(known.of(targets.id, targets.read).map?.ports ?? [], wish.port);
  if (!("subject" in placed))
    return refused(`no such port: ${wish.port}; there are ${placed.slice(0, 60).join(", ")}`, "absent");
  const now = portNow(placed, observations);
  const refusal = refusalOf(now);
  if (refusal !== undefined && !(refusal.forcible && wish.force))
    return refused(refusal.why, "denied", refusal.forcible);
  const oid = `${power.admin}.${placed.pse?.key ?? ""}`;
  await using pool = io.openSnmp();
  const admin = await pool.get(targets.read, [oid], signal);
  if (!admin.ok) return refused(admin.failure.why, admin.failure.outcome);
  if (admin.values.get(oid) !== 1)
    return refused(`the switch has no ${oid} that is on: its make switches PoE another way`, "absent");
  const phone = now.value("port.phone");
  return {
    ok: true,
    subject: placed.subject,
    port: now.name,
    whom: whomOf(now.value),
    phone: typeof phone === "string" ? phone : undefined,
    wish,
    write: targets.write,
    oid,
  };
}

/** How it went. `back` is the only good end; `off`: the port is without power and somebody has to see to it. */
export interface Bounced {
  readonly end: "back" | "no-power" | "no-link" | "no-phone" | "interrupted" | "not-done" | "off";
  readonly sentence: string;
  /** From the return of the power to the last thing seen. */
  readonly seconds: number;
}

const adminState = { on: 1, off: 2 } as const;
/** The port must not stay off because one datagram was lost, nor because somebody pressed Ctrl-C. */
const triesToSwitchOn = 5;
const pauseBetweenTries = 1000;

/** Takes the power off and gives it back, and says whether the phone returned. */
export async function bounce(
  plan: BouncePlan,
  looks: Looks,
  io: AgentIo,
  signal: AbortSignal,
  times: BounceTimes = usualBounce,
): Promise<Bounced> {
  await using pool = io.openSnmp();
  const write = (state: number, until: AbortSignal) =>
    pool.set(plan.write, [{ oid: plan.oid, integer: state }], until);
  io.say(`${plan.port}: power off`);
  // Not by the caller's signal: a SET that is given up half-way may still be done.
  const off = await write(adminState.off, new AbortController().signal);
  if (!off.ok && off.failure.outcome !== "timeout")
    return { end: "not-done", sentence: `Nothing was changed: ${off.failure.why}.`, seconds: 0 };
  await io.clock.sleep(times.off, signal).catch(() => {});
  io.say(`${plan.port}: power on`);
  const on = await switchOn((until) => write(adminState.on, until), io);
  if (!on.ok)
    return {
      end: "off",
      sentence: `PoE of ${plan.port} could not be switched on again (${on.failure.why}): switch it on by hand.`,
      seconds: 0,
    };
  if (!off.ok)
    return { end: "not-done", sentence: `The switch did not answer: ${off.failure.why}.`, seconds: 0 };
  return await watchReturn(plan, looks, io, signal, times);
}

async function switchOn(write: (until: AbortSignal) => Promise<SnmpSet>, io: AgentIo): Promise<SnmpSet> {
  const never = new AbortController().signal;
  let last = await write(never);
  for (let tries = 1; !last.ok && tries < triesToSwitchOn; tries++) {
    await io.clock.sleep(pauseBetweenTries);
    last = await write(never);
  }
  return last;
}

interface Seen {
  power: boolean;
  link: boolean;
  phone: boolean;
}

async function lookAgain(plan: BouncePlan, looks: Looks, seen: Seen, io: AgentIo, signal: AbortSignal) {
  const { target, settings } = plan.wish;
  // The neighbour tables are asked once there is somebody to be found in them.
  const look = seen.link && plan.phone !== undefined ? looks.full : looks.pulse;
  const observations = await look.run(target, settings, io, signal);
  const has = (key: string, value: unknown) =>
    observations.some((each) => each.subject === plan.subject && each.key === key && each.value === value);
  seen.power = has("poe.state", "delivering");
  seen.link = has("link.up", true);
  seen.phone = seen.power && seen.link && (plan.phone === undefined || has("port.phone", plan.phone));
}

async function watchReturn(
  plan: BouncePlan,
  looks: Looks,
  io: AgentIo,
  signal: AbortSignal,
  times: BounceTimes,
): Promise<Bounced> {
  const from = io.clock.mono();
  const seconds = () => Math.round((io.clock.mono() - from) / 100) / 10;
  const seen: Seen = { power: false, link: false, phone: false };
  try {
    while (!seen.phone && io.clock.mono() - from < times.wait) {
      await io.clock.sleep(times.look, signal);
      await lookAgain(plan, looks, seen, io, signal);
      io.say(`${plan.port}: ${stageOf(seen)}`);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    const sentence = `The power of ${plan.port} is on again; nobody waited for the phone.`;
    return { end: "interrupted", sentence, seconds: seconds() };
  }
  return { ...endOf(plan, seen, seconds()), seconds: seconds() };
}

function stageOf({ power, link }: Seen): string {
  if (!power) return "waiting for power";
  return link ? "link is up, waiting for the phone to announce itself" : "power is on, waiting for link";
}

function endOf({ port, whom, phone }: BouncePlan, seen: Seen, seconds: number): Omit<Bounced, "seconds"> {
  const who = phone === undefined ? "Power and link are back" : `${whom} is back`;
  if (seen.phone) return { end: "back", sentence: `${who} on ${port} after ${seconds} s.` };
  const within = `within ${seconds} s`;
  if (!seen.power) return { end: "no-power", sentence: `${port} does not deliver power again ${within}.` };
  if (!seen.link) return { end: "no-link", sentence: `${port} delivers power and has no link ${within}.` };
  return {
    end: "no-phone",
    sentence: `${port} has power and link; ${whom} did not announce itself ${within}.`,
  };
}
