import type { Observation, Subject } from "../../../protocol/observation.ts";
import { observerOf } from "../../../protocol/observe.ts";

const day = 86_400_000;
/** An LLDP row lives two minutes longer than what it speaks of: so late we may have seen the phone at its old place. */
const stale = 120_000;
const most = 50_000;

interface Move {
  readonly from: Subject;
  readonly at: number;
}

interface Place {
  readonly port: Subject;
  /** When it was last seen there, ms since 1970. */
  readonly at: number;
  readonly moves: readonly Move[];
}

/** Where each phone was last seen, by MAC. */
export type PhonePlaces = Map<string, Place>;

/** When a port's link came up, as far as the look says. */
function cameUpAt(observations: readonly Observation[]): ReadonlyMap<Subject, number> {
  const changes = observations.filter((each) => each.key === "link.lastChange" && each.outcome === "ok");
  return new Map(
    changes.flatMap(({ subject, value, at }): [Subject, number][] =>
      typeof value === "number" ? [[subject, at - value * 1000]] : [],
    ),
  );
}

/**
 * Compares where phones are in one look with where they were, and keeps that in `places`. A phone moved when the port
 * that has it now got its link after the phone was last seen at the other one: an address that shows up elsewhere without
 * that is behind a small switch or in a loop, and did not move. Phones that show up on two ports of one look are let be.
 */
export function noticeMoves(
  observations: readonly Observation[],
  places: PhonePlaces,
  probe: string,
): Observation[] {
  const here = observations.filter(
    (each) => each.key === "port.phone" && each.outcome === "ok" && typeof each.value === "string",
  );
  const cameUp = cameUpAt(observations);
  const moves: Observation[] = [];
  for (const [mac, [only, ...others]] of Map.groupBy(here, (each) => String(each.value))) {
    if (only === undefined || others.length > 0) continue;
    const { subject: port, at } = only;
    const known = places.get(mac);
    const place = placeNow(known, port, at, cameUp.get(port));
    // Seen last: stands last, so that the longest unseen are forgotten first.
    places.delete(mac);
    places.set(mac, place);
    if (known !== undefined) moves.push(...observeMoves(mac, place, probe));
  }
  for (const mac of places.keys()) {
    if (places.size <= most) break;
    places.delete(mac);
  }
  return moves;
}

function placeNow(known: Place | undefined, port: Subject, at: number, cameUp: number | undefined): Place {
  const lately = (known?.moves ?? []).filter((move) => at - move.at <= day);
  if (known === undefined || known.port === port) return { port, at, moves: lately };
  const moved = cameUp !== undefined && cameUp >= known.at - stale;
  return { port, at, moves: moved ? [...lately, { from: known.port, at }] : lately };
}

function observeMoves(mac: string, { port, at, moves }: Place, probe: string): Observation[] {
  const observe = observerOf(probe, `phone:${mac}`, at);
  const last = moves.at(-1);
  if (last === undefined) return [observe("mac.moves", 0)];
  const evidence = `from ${last.from} to ${port}, noticed ${new Date(last.at).toISOString()}`;
  return [observe("mac.moves", moves.length, { evidence }), observe("mac.before", last.from, { evidence })];
}
