import type { MacAddress } from "../../../protocol/mac-address.ts";
import type { Observation, ObservedValue, Subject } from "../../../protocol/observation.ts";
import type { PhonePlaces } from "../../probes/poe-pulse/phone-places.ts";

/** Where one phone is, and what that rests on. */
export interface PhoneRow {
  /** Null: a phone that does not say its address. */
  readonly mac: MacAddress | null;
  readonly model: string | null;
  readonly firmware: string | null;
  readonly switch: string;
  readonly port: string;
  /** lldp-med, cdp, lldp, mac-table; null: from an earlier look. */
  readonly by: string | null;
  /** What was read of the switch, in its words. */
  readonly proof: string | null;
  /** When that was seen, and how long ago in seconds. */
  readonly seenAt: string;
  readonly age: number;
  /** Seconds since the port got its link. */
  readonly since: number | null;
  readonly note: string | null;
  /** Not seen now: this is where it was when somebody last looked. */
  readonly lost: boolean;
}

type Facts = ReadonlyMap<string, Observation>;

const text = (value: ObservedValue | undefined): string | null => (typeof value === "string" ? value : null);
const splitPort = (subject: Subject) => {
  const name = subject.slice(subject.indexOf(":") + 1);
  const slash = name.indexOf("/");
  return { switch: name.slice(0, slash), port: name.slice(slash + 1) };
};
const plainName = (subject: Subject) => {
  const { switch: id, port } = splitPort(subject);
  return `${id} ${port}`;
};

function noteOf(mac: string | null, subject: Subject, seen: ReadonlyMap<string, Subject[]>, moves: Facts) {
  const others = (seen.get(mac ?? "") ?? []).filter((each) => each !== subject);
  if (others.length > 0) return `doubtful: on ${others.map(plainName).join(", ")} too`;
  const before = text(moves.get(mac ?? "")?.value);
  return before === null ? null : `moved: before it was on ${plainName(before)}`;
}

/** How the phone was recognised, which interface that is, and which PSE port feeds it. */
function proofOf(facts: Facts): string | null {
  const parts = ["port.phone", "port.phone.by", "link.up", "poe.state"].flatMap(
    (key) => facts.get(key)?.evidence ?? [],
  );
  return parts.length === 0 ? null : [...new Set(parts)].join("; ");
}

function rowOf(subject: Subject, facts: Facts, now: number): Omit<PhoneRow, "note"> {
  const value = (key: string) => {
    const fact = facts.get(key);
    return fact?.outcome === "ok" ? fact.value : undefined;
  };
  const phone = facts.get("port.phone") ?? facts.get("port.phone.by");
  const at = phone?.at ?? now;
  const since = value("link.lastChange");
  return {
    mac: text(value("port.phone")),
    model: text(value("port.phone.model")),
    firmware: text(value("port.phone.firmware")),
    ...splitPort(subject),
    by: text(value("port.phone.by")),
    proof: proofOf(facts),
    seenAt: new Date(at).toISOString(),
    age: Math.max(0, Math.round((now - at) / 1000)),
    since: typeof since === "number" ? since : null,
    lost: false,
  };
}

/** A row per phone and port that has it now, then those that were seen before and are on none of them. */
export function phoneRows(
  observations: readonly Observation[],
  before: Readonly<PhonePlaces>,
  now: number,
): PhoneRow[] {
  const bySubject = Map.groupBy(observations, ({ subject }) => subject);
  const factsOf = (all: readonly Observation[]): Facts => new Map(all.map((each) => [each.key, each]));
  const here = [...bySubject]
    .filter(([subject, all]) => subject.startsWith("port:") && all.some(({ key }) => key === "port.phone.by"))
    .map(([subject, all]) => ({ subject, row: rowOf(subject, factsOf(all), now) }));
  const seen = new Map<string, Subject[]>();
  for (const { subject, row } of here)
    if (row.mac !== null) seen.set(row.mac, [...(seen.get(row.mac) ?? []), subject]);
  const moves = new Map(
    observations
      .filter(({ key }) => key === "mac.before")
      .map((each) => [each.subject.replace("phone:", ""), each]),
  );
  const rows = here.map(({ subject, row }) => ({ ...row, note: noteOf(row.mac, subject, seen, moves) }));
  const lost = [...before].filter(([mac]) => !seen.has(mac)).map(([mac, place]) => lostRow(mac, place, now));
  return [...rows, ...lost].toSorted(
    (a, b) =>
      a.switch.localeCompare(b.switch, "en", { numeric: true }) ||
      a.port.localeCompare(b.port, "en", { numeric: true }),
  );
}

function lostRow(
  mac: string,
  { port, at }: { readonly port: Subject; readonly at: number },
  now: number,
): PhoneRow {
  return {
    mac,
    model: null,
    firmware: null,
    ...splitPort(port),
    by: null,
    proof: null,
    seenAt: new Date(at).toISOString(),
    age: Math.max(0, Math.round((now - at) / 1000)),
    since: null,
    note: "not seen now; it was here",
    lost: true,
  };
}
