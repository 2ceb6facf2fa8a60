import { isIP } from "node:net";

const snmpPort = 161;

/** Where a switch answers SNMP. */
export interface SwitchPlace {
  readonly host: string;
  readonly port: number;
}

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT` or a bare IPv6 address; undefined when it is none of these. */
export function parseSwitchPlace(target: string): SwitchPlace | undefined {
  if (isIP(target) === 6) return { host: target, port: snmpPort };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/.exec(target.trim());
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? snmpPort : Number(match[3]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** The first address of a host; undefined when there is no such name. */
export async function numericHost(
  host: string,
  io: { resolve(host: string): Promise<string[]> },
): Promise<string | undefined> {
  if (isIP(host) !== 0) return host;
  try {
    return (await io.resolve(host))[0];
  } catch {
    return undefined;
  }
}

/** Whose traps speak of this target: its host, and the other addresses its answers may come from. */
export function trapSources(target: string, settings: unknown): readonly string[] {
  const host = parseSwitchPlace(target)?.host;
  const more: unknown =
    typeof settings === "object" && settings !== null ? Reflect.get(settings, "answersFrom") : undefined;
  const others = Array.isArray(more) ? more.filter((each) => typeof each === "string") : [];
  return host === undefined ? others : [host, ...others];
}
