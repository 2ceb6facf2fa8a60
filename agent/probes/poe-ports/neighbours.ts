import { sources, type Neighbour } from "./neighbour.ts";

/** What hangs on one port, all sources together. */
export interface OnPort {
  readonly phone: Omit<Neighbour, "ifIndex" | "bridge" | "phone"> | undefined;
  /** Name of what is attached; the phone's, where there is one. */
  readonly neighbour: string | undefined;
}

/** The phone of one port: the most trusted source, its gaps filled by others that mean the same phone. */
function phoneOf(here: readonly Neighbour[]): OnPort["phone"] {
  const phones = here
    .filter((each) => each.phone)
    .toSorted((a, b) => sources.indexOf(a.by) - sources.indexOf(b.by));
  const first = phones[0];
  if (first === undefined) return undefined;
  const mac = first.mac ?? phones.find((each) => each.mac !== undefined)?.mac;
  const same = phones.filter((each) => each.mac === undefined || each.mac === mac);
  const fill = <T>(read: (each: Neighbour) => T | undefined) =>
    same.map(read).find((value) => value !== undefined);
  return {
    by: first.by,
    mac,
    name: fill((each) => each.name),
    model: fill((each) => each.model),
    firmware: fill((each) => each.firmware),
    hardware: fill((each) => each.hardware),
    serial: fill((each) => each.serial),
    asked: fill((each) => each.asked),
    fed: fill((each) => each.fed),
    vlan: fill((each) => each.vlan),
    dscp: fill((each) => each.dscp),
    duplex: fill((each) => each.duplex),
  };
}

/** Which phone is on which interface. A PC behind the phone is on the same port and is never taken for the phone. */
export function joinNeighbours(all: readonly Neighbour[]): ReadonlyMap<number, OnPort> {
  const byPort = Map.groupBy(all, (each) => each.ifIndex);
  return new Map(
    [...byPort].map(([ifIndex, here]) => {
      const phone = phoneOf(here);
      const named = here.find((each) => !each.phone && each.name !== undefined);
      return [ifIndex, { phone, neighbour: phone?.name ?? phone?.model ?? named?.name }];
    }),
  );
}
