import type { MacAddress } from "../../protocol/mac-address.ts";
import { isInWindow } from "../resync/day-window.ts";
import { bootTrouble, phoneTrouble, siteTrouble } from "./health.ts";
import { isSettled, type PhoneHealth, type Rollout, type RolloutPhone, type SiteHealth } from "./rollout.ts";
import { sameVersion } from "./upgrade-path.ts";

/** What is known of a phone now. */
export interface PhoneFacts {
  /** As it last told its firmware. */
  readonly version?: string;
  /** When it last asked for anything, and when it last got a config, ms. */
  readonly seenAt?: number;
  readonly configAt?: number;
  readonly health: PhoneHealth;
  /** Why it cannot go back to what it ran: no image, or no way. */
  readonly noWayBack?: string;
}

export interface RolloutFacts {
  readonly phones: ReadonlyMap<MacAddress, PhoneFacts>;
  readonly sites: ReadonlyMap<string, SiteHealth>;
}

/** The version a phone's config shall name from now on; absent: none. */
export interface RolloutOrder {
  readonly mac: MacAddress;
  readonly version?: string;
}

export interface RolloutStep {
  readonly state: Rollout;
  readonly orders: readonly RolloutOrder[];
  /** What happened, in words. */
  readonly reasons: readonly string[];
}

/** A site must measure worse for so long, ms: one bad call is no bad image. */
const worseFor = 5 * 60_000;
const hour = 3_600_000;

const unknownPhone: PhoneFacts = { health: {} };
const factsOf = (facts: RolloutFacts, { mac }: RolloutPhone): PhoneFacts =>
  facts.phones.get(mac) ?? unknownPhone;

/** One look at a roll-out: what each phone came to, whether its ring passes or fails, and who is ordered next. Pure. */
export function stepRollout(state: Rollout, facts: RolloutFacts, now: number): RolloutStep {
  switch (state.state) {
    case "running":
    case "paused":
      return stepForward(state, facts, now);
    case "rolling-back":
      return stepBack(state, facts, now);
    case "rolled-back":
    case "halted":
    case "done":
    case "aborted":
      return { state, orders: [], reasons: [] };
  }
}

/** Changes a roll-out; phones that are as they were stay the same objects. */
function withPhones(state: Rollout, change: (phone: RolloutPhone) => RolloutPhone): Rollout {
  const phones = state.phones.map(change);
  return phones.every((phone, index) => phone === state.phones[index]) ? state : { ...state, phones };
}

function stepForward(before: Rollout, facts: RolloutFacts, now: number): RolloutStep {
  const moved = withPhones(watchSitesOf(before, facts, now), (phone) =>
    advance(phone, before, factsOf(facts, phone), now),
  );
  const reasons = moved.phones.flatMap((phone, index) =>
    phone.stage !== before.phones[index]?.stage && phone.words !== undefined
      ? [`${phone.mac}: ${phone.words}`]
      : [],
  );
  const trouble = troubleOf(moved, facts, now);
  if (trouble !== undefined) {
    const step = rollBack(moved, facts, now, trouble);
    return { ...step, reasons: [...reasons, ...step.reasons] };
  }
  if (moved.state === "paused") return { state: moved, orders: [], reasons };
  const next = nextRing(moved);
  const ordered =
    next.state.state === "running" ? order(next.state, facts, now) : { state: next.state, orders: [] };
  return { ...ordered, reasons: [...reasons, ...next.reasons] };
}

/** Remembers since when a site measures worse. */
function watchSitesOf(state: Rollout, facts: RolloutFacts, now: number): Rollout {
  const worse = Object.entries(state.sites).flatMap(([site, before]) =>
    siteTrouble(before, facts.sites.get(site) ?? {}).length > 0
      ? [[site, state.worseSince[site] ?? now] as const]
      : [],
  );
  const old = Object.entries(state.worseSince);
  const isSame =
    worse.length === old.length && worse.every(([site, since]) => state.worseSince[site] === since);
  return isSame ? state : { ...state, worseSince: Object.fromEntries(worse) };
}

function advance(phone: RolloutPhone, state: Rollout, facts: PhoneFacts, now: number): RolloutPhone {
  switch (phone.stage) {
    case "ordered":
      return afterOrder(phone, state, facts, now);
    case "fetched":
      return afterFetch(phone, state, facts, now);
    case "back":
      return afterReturn(phone, state, facts, now);
    case "waiting":
    case "well":
    case "failed":
    case "absent":
    case "returning":
    case "returned":
    case "lost":
      return phone;
  }
}

const runs = (facts: PhoneFacts, version: string | undefined): boolean =>
  version !== undefined && facts.version !== undefined && sameVersion(facts.version, version);

function afterOrder(phone: RolloutPhone, state: Rollout, facts: PhoneFacts, now: number): RolloutPhone {
  const orderedAt = phone.orderedAt ?? now;
  if (runs(facts, state.to)) return { ...phone, stage: "back", fetchedAt: orderedAt, backAt: now };
  if (facts.configAt !== undefined && facts.configAt > orderedAt)
    return { ...phone, stage: "fetched", fetchedAt: facts.configAt };
  if (now - orderedAt <= state.wish.takeWithin) return phone;
  return { ...phone, stage: "absent", words: "it has not fetched its config since" };
}

function afterFetch(phone: RolloutPhone, state: Rollout, facts: PhoneFacts, now: number): RolloutPhone {
  const fetchedAt = phone.fetchedAt ?? now;
  if (runs(facts, state.to)) return { ...phone, stage: "back", backAt: now };
  const [loop] = bootTrouble(phone.before, facts.health, phone.steps);
  if (loop !== undefined) return { ...phone, stage: "failed", words: loop };
  if (now - fetchedAt <= state.wish.patience * Math.max(1, phone.steps)) return phone;
  const isSilent = facts.seenAt === undefined || facts.seenAt <= fetchedAt;
  const words = isSilent ? "it did not come back" : `it runs ${facts.version ?? "another version"} still`;
  return { ...phone, stage: "failed", words };
}

function afterReturn(phone: RolloutPhone, state: Rollout, facts: PhoneFacts, now: number): RolloutPhone {
  if (!runs(facts, state.to))
    return { ...phone, stage: "failed", words: `it runs ${facts.version ?? "another version"} again` };
  const isOver = now - (phone.backAt ?? now) >= state.wish.soak;
  const trouble = (isOver ? phoneTrouble : bootTrouble)(phone.before, facts.health, phone.steps);
  if (trouble.length > 0) return { ...phone, stage: "failed", words: trouble.join(", ") };
  return isOver ? { ...phone, stage: "well" } : phone;
}

/** Why the ring that is under way must not go on. */
function troubleOf(state: Rollout, facts: RolloutFacts, now: number): string | undefined {
  const ring = state.phones.filter((phone) => phone.ring === state.ring);
  const failed = ring.filter(({ stage }) => stage === "failed");
  const most = state.ring === 0 ? 0 : Math.floor(ring.length * state.wish.tolerated);
  if (failed.length > most) {
    const [first] = failed;
    return `ring ${state.ring + 1}: ${failed.length} of ${ring.length} phones failed, such as ${first?.mac}: ${first?.words}`;
  }
  for (const [site, since] of Object.entries(state.worseSince)) {
    const before = state.sites[site];
    if (now - since < worseFor || before === undefined) continue;
    return `site ${site}: ${siteTrouble(before, facts.sites.get(site) ?? {}).join(", ")}`;
  }
  return undefined;
}

/** The ring after this one, once all of it is settled and somebody is well. */
function nextRing(state: Rollout): { readonly state: Rollout; readonly reasons: readonly string[] } {
  const ring = state.phones.filter((phone) => phone.ring === state.ring);
  if (!ring.every((phone) => isSettled(phone))) return { state, reasons: [] };
  const well = ring.filter(({ stage }) => stage === "well").length;
  if (well === 0 && ring.length > 0) {
    const words = `ring ${state.ring + 1}: no phone has taken it; resume to go on all the same`;
    return { state: { ...state, state: "paused", words }, reasons: [words] };
  }
  const words = `ring ${state.ring + 1}: ${well} of ${ring.length} phones are well`;
  if (state.ring + 1 >= state.rings) return { state: { ...state, state: "done", words }, reasons: [words] };
  return { state: { ...state, ring: state.ring + 1, words }, reasons: [words] };
}

/** Orders whom the pace and the window of its site let go now. */
function order(
  state: Rollout,
  facts: RolloutFacts,
  now: number,
): { readonly state: Rollout; readonly orders: readonly RolloutOrder[] } {
  const lately = new Map<string, number>();
  for (const { site, orderedAt } of state.phones)
    if (orderedAt !== undefined && orderedAt > now - hour) lately.set(site, (lately.get(site) ?? 0) + 1);
  const orders: RolloutOrder[] = [];
  const sites = { ...state.sites };
  const { window, perSiteHour } = state.wish;
  const next = withPhones(state, (phone) => {
    const count = lately.get(phone.site) ?? 0;
    if (phone.stage !== "waiting" || phone.ring !== state.ring || count >= perSiteHour) return phone;
    if (window !== undefined && !isInWindow(window, now, phone.zone)) return phone;
    lately.set(phone.site, count + 1);
    sites[phone.site] ??= facts.sites.get(phone.site) ?? {};
    orders.push({ mac: phone.mac, version: state.to });
    const { version, health } = factsOf(facts, phone);
    const from = phone.from ?? version;
    return {
      ...phone,
      stage: "ordered",
      orderedAt: now,
      before: health,
      ...(from === undefined ? {} : { from }),
    };
  });
  return { state: orders.length === 0 ? next : { ...next, sites }, orders };
}

/** Begins the way back of whom it concerns. */
export function rollBack(state: Rollout, facts: RolloutFacts, now: number, why: string): RolloutStep {
  const { rollBack: whom } = state.wish;
  if (whom === "none")
    return { state: { ...state, state: "halted", words: why }, orders: [], reasons: [why] };
  const orders: RolloutOrder[] = [];
  const turned = withPhones(state, (phone) => {
    const isIn = whom === "all" || phone.ring === state.ring;
    if (!isIn || phone.stage === "waiting") return phone;
    const { from } = phone;
    const { noWayBack } = factsOf(facts, phone);
    orders.push(
      from === undefined || noWayBack !== undefined ? { mac: phone.mac } : { mac: phone.mac, version: from },
    );
    if (from === undefined) return { ...phone, stage: "lost", words: "nobody knows what it ran before" };
    if (noWayBack !== undefined) return { ...phone, stage: "lost", words: noWayBack };
    return { ...phone, stage: "returning", orderedAt: now };
  });
  const words = `rolled back: ${why}`;
  return { state: { ...turned, state: "rolling-back", words }, orders, reasons: [words] };
}

function stepBack(before: Rollout, facts: RolloutFacts, now: number): RolloutStep {
  const { takeWithin, patience } = before.wish;
  const state = withPhones(before, (phone) => {
    if (phone.stage !== "returning") return phone;
    const told = factsOf(facts, phone);
    // What it said before it was turned round tells nothing of how it is now.
    const isHeard = told.seenAt !== undefined && told.seenAt > (phone.orderedAt ?? now);
    if (isHeard && runs(told, phone.from)) return { ...phone, stage: "returned" };
    if (now - (phone.orderedAt ?? now) <= takeWithin + patience) return phone;
    return {
      ...phone,
      stage: "lost",
      words: `it has not gone back to ${phone.from ?? ""}: somebody must look at it`,
    };
  });
  if (state.phones.some(({ stage }) => stage === "returning")) return { state, orders: [], reasons: [] };
  const lost = state.phones.filter(({ stage }) => stage === "lost").length;
  const words = `${state.words ?? ""}; ${lost} phones need somebody`;
  return { state: { ...state, state: "rolled-back", words }, orders: [], reasons: [words] };
}
