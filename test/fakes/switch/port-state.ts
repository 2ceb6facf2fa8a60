export type PoeState = "off" | "searching" | "delivering" | "fault" | "test" | "denied";

export interface FakePoe {
  admin: boolean;
  state: PoeState;
  /** 802.3 class 0–4. */
  class: number;
  /** Watts drawn while delivering. */
  watts: number;
  /** Watts set aside while delivering. */
  alloc: number;
  priority: "critical" | "high" | "low";
}

export interface FakeLink {
  up: boolean;
  admin: boolean;
  /** Mbit/s. */
  speed: number;
  duplex: "full" | "half" | "unknown";
  /** Frames a second in each direction while up. */
  framesPerSecond: number;
  /** Damaged frames among a million received. */
  fcs: number;
  /** Frames thrown away among a million sent. */
  discards: number;
  /** Late collisions a second. */
  lateCollisions: number;
}

/** What the phone tells the switch by LLDP-MED. */
export interface FakePhone {
  /** 12 hex digits. */
  readonly mac: string;
  readonly model: string;
  readonly firmware: string;
  readonly maker?: string;
  /** Watts it asks for. */
  readonly asked?: number;
}

/** Change of one port; what is absent stays. `phone: null` unplugs it. */
export interface PortChange {
  readonly poe?: Partial<FakePoe>;
  readonly link?: Partial<FakeLink>;
  readonly phone?: FakePhone | null;
  /** A neighbour that is no phone, by its name; such as the switch behind an uplink. */
  readonly neighbour?: string;
  readonly alias?: string;
}

interface Counts {
  frames: number;
  fcs: number;
  discards: number;
  lateCollisions: number;
}

const longKinds: Record<string, string> = {
  Gi: "GigabitEthernet",
  Te: "TenGigabitEthernet",
  Fa: "FastEthernet",
};
/** Watts that a source sets aside for classes 0–4 (802.3-2022 table 33-7). */
const classWatts = [15.4, 4, 7, 15.4, 30];
const second = 100; // TimeTicks

/** One port of the simulated switch. Counters run with the switch's uptime, so a look changes nothing. */
export class PortState {
  readonly name: string;
  readonly longName: string;
  readonly ifIndex: number;
  readonly pse: number;
  readonly poe: FakePoe | undefined;
  readonly link: FakeLink;
  phone: FakePhone | undefined;
  neighbour: string | undefined;
  alias = "";
  lastChange = 0;
  #counts: Counts = { frames: 0, fcs: 0, discards: 0, lateCollisions: 0 };
  #countedAt: number;
  #denials = 0;

  constructor(name: string, ifIndex: number, pse: number, powered: boolean, uptime: number) {
    this.name = name;
    this.longName = name.replace(/^[A-Z][a-z]/, (kind) => longKinds[kind] ?? kind);
    this.ifIndex = ifIndex;
    this.pse = pse;
    this.poe = powered
      ? { admin: true, state: "searching", class: 0, watts: 0, alloc: 0, priority: "low" }
      : undefined;
    this.link = {
      up: false,
      admin: true,
      speed: 1000,
      duplex: "full",
      framesPerSecond: 1000,
      fcs: 0,
      discards: 0,
      lateCollisions: 0,
    };
    this.#countedAt = uptime;
  }

  change(change: PortChange, uptime: number): void {
    this.#count(uptime);
    const wasUp = this.link.up;
    if (change.phone !== undefined) this.#plug(change.phone, change.poe?.class ?? 2);
    Object.assign(this.link, change.link);
    if (this.poe !== undefined) this.#power(this.poe, change);
    if (change.neighbour !== undefined) this.neighbour = change.neighbour;
    if (change.alias !== undefined) this.alias = change.alias;
    if (this.link.up !== wasUp) this.touch(uptime);
  }

  /** The link goes down and comes back between two looks. */
  touch(uptime: number): void {
    this.lastChange = Math.max(uptime, this.lastChange + 1);
  }

  traffic(uptime: number): Counts {
    this.#count(uptime);
    return this.#counts;
  }

  /** PowerDenied: one refusal when it begins, one more for each five seconds of asking. */
  denials(uptime: number): number {
    this.#count(uptime);
    return Math.floor(this.#denials);
  }

  #plug(phone: FakePhone | null, poeClass: number): void {
    this.phone = phone ?? undefined;
    this.link.up = phone !== null && this.link.admin;
    if (this.poe === undefined || !this.poe.admin) return;
    const watts = phone === null ? 0 : Math.min(2.4 + (phone.asked ?? 5) / 10, classWatts[poeClass] ?? 15.4);
    const state = phone === null ? "searching" : "delivering";
    Object.assign(this.poe, {
      state,
      watts,
      class: phone === null ? 0 : poeClass,
      alloc: classWatts[poeClass],
    });
  }

  #power(poe: FakePoe, change: PortChange): void {
    const before = poe.state;
    Object.assign(poe, change.poe);
    if (!poe.admin) poe.state = "off";
    if (poe.state === "denied" && before !== "denied") this.#denials += 1;
    // A phone that lost its power loses its link, and the switch forgets it.
    const powerLost = poe.state !== "delivering" && change.poe?.state !== undefined;
    if (powerLost && change.link?.up === undefined) this.link.up = false;
    if (powerLost && !this.link.up) this.phone = change.phone ?? undefined;
  }

  #count(uptime: number): void {
    const seconds = (uptime - this.#countedAt) / second;
    this.#countedAt = uptime;
    if (this.poe?.state === "denied") this.#denials += seconds / 5;
    if (!this.link.up) return;
    const frames = seconds * this.link.framesPerSecond;
    this.#counts.frames += frames;
    this.#counts.fcs += (frames * this.link.fcs) / 1e6;
    this.#counts.discards += (frames * this.link.discards) / 1e6;
    this.#counts.lateCollisions += seconds * this.link.lateCollisions;
  }
}
