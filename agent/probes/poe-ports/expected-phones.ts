import type { Observation, Subject } from "../../../protocol/observation.ts";

const day = 86_400_000;

/** Which phone was last seen on a port, and when. */
export type PhonesSeen = ReadonlyMap<Subject, { readonly mac: string; readonly at: number }>;

/**
 * A phone that was on a port within a day is still expected there: without it an empty port is nobody's fault, with it
 * a port without power is. Rule P1 reads this.
 */
export function expectPhones(
  observations: readonly Observation[],
  seen: PhonesSeen,
  now: number,
): { expected: Observation[]; seen: PhonesSeen } {
  const here = observations.filter((each) => each.key === "port.phone" && each.outcome === "ok");
  const after = new Map([...seen].filter(([, phone]) => now - phone.at <= day));
  for (const { subject, value, at } of here)
    if (typeof value === "string") after.set(subject, { mac: value, at });
  const expected = here.flatMap((each): Observation[] => {
    const phone = after.get(each.subject);
    if (each.value !== null || phone === undefined) return [];
    const evidence = `last seen here ${new Date(phone.at).toISOString()}`;
    return [{ ...each, key: "port.expected", value: phone.mac, evidence }];
  });
  return { expected, seen: after };
}
