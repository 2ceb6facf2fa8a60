import type { VendorMib } from "../../mibs/load-mibs.ts";
import { growth, ranOn, type SwitchMemory } from "../poe-ports/counters.ts";
import type { PhonesSeen } from "../poe-ports/expected-phones.ts";
import type { PhonePlaces } from "./phone-places.ts";
import type { PlacedPort } from "../poe-ports/observe-reading.ts";

/** What the last full picture found of a switch: the pulse goes by it and finds out nothing by itself. */
export interface SwitchMap {
  readonly ports: readonly PlacedPort[];
  readonly mib: VendorMib | undefined;
  /** Columns of a pulse that have rows here. */
  readonly columns: readonly string[];
  /** Instances of the power of the whole switch. */
  readonly totals: readonly string[];
  /** sysUpTime in ticks, and the monotonic time it was read at. */
  readonly uptime: number;
  readonly at: number;
}

/** A map is read anew after a day, whatever the switch says. */
const longestMap = 86_400_000;
/** From a change on a port until the phone there has announced itself. */
const bootTime = 60_000;
/** Between two full pictures that changes ask for. */
const apart = 120_000;
/** A counter of refusals need not grow between two pulses. */
const refusalLasts = 300_000;

/** One switch, as long as the agent lives. Times are monotonic, ms. */
export class KnownSwitch {
  map: SwitchMap | undefined;
  /** Counters of the last full picture. */
  counters: SwitchMemory | undefined;
  /** It did not answer: it is asked once a round until it does. */
  silent = false;
  /** Looks in a row that it did not answer. */
  silences = 0;
  /** Which phone was last seen on which port. */
  phonesSeen: PhonesSeen = new Map();
  /** A full picture is being taken. */
  looking = false;
  #changedAt: number | undefined;
  readonly #up = new Map<string, boolean>();
  readonly #denied = new Map<string, { count: number; grewAt: number | undefined }>();

  /** The target, asked once only while it is silent: not request after request into the void, each round anew. */
  patient<Target extends { readonly timeouts: readonly number[] }>(target: Target): Target {
    return this.silent ? { ...target, timeouts: target.timeouts.slice(0, 1) } : target;
  }

  /** After each look: whether it fell silent. */
  noteSilence(silent: boolean): void {
    this.silent = silent;
    this.silences = silent ? this.silences + 1 : 0;
  }

  /** Whether this moment's uptime belongs to the run of the switch that the map is of. */
  mapHolds(uptime: number, at: number): boolean {
    return this.map !== undefined && at - this.map.at < longestMap && ranOn(this.map, { uptime, at });
  }

  /** Somebody was plugged in a while ago: by now the neighbour tables know who. */
  wantsFull(at: number): boolean {
    if (this.map === undefined) return true;
    if (this.#changedAt === undefined) return false;
    return at - this.#changedAt >= bootTime && at - this.map.at >= apart;
  }

  takeMap(map: SwitchMap): void {
    this.map = map;
    this.#changedAt = undefined;
  }

  noteLink(subject: string, up: boolean, at: number): void {
    if (up && this.#up.get(subject) === false) this.#changedAt = at;
    this.#up.set(subject, up);
  }

  /** Whether the budget refuses this port, by its counter. */
  isRefused(key: string, count: number, at: number): boolean {
    const before = this.#denied.get(key);
    const more = before && growth(BigInt(before.count), BigInt(count), 1_000_000n);
    const grewAt = more !== undefined && more > 0n ? at : before?.grewAt;
    this.#denied.set(key, { count, grewAt });
    return grewAt !== undefined && at - grewAt <= refusalLasts;
  }
}

/** Switches that are remembered at most. */
const most = 2000;

/** What the looks at switches share: the full picture finds the map, the pulse uses it. */
export class KnownSwitches {
  /** Of all switches together: a phone may have moved from one to another. */
  places: PhonePlaces = new Map();
  readonly #switches = new Map<string, KnownSwitch>();

  /** By the name it has in subjects and the place it answers at. */
  of(id: string, { host, port }: { readonly host: string; readonly port: number }): KnownSwitch {
    const key = `${id} ${host} port ${port}`;
    const known = this.#switches.get(key) ?? new KnownSwitch();
    this.#switches.set(key, known);
    const oldest = this.#switches.keys().next().value;
    if (this.#switches.size > most && oldest !== undefined) this.#switches.delete(oldest);
    return known;
  }
}
