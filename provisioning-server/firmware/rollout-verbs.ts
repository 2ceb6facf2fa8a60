import { done, refused, type Verb } from "../inventory/flaw.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { Audit } from "../store/audit.ts";
import { Rollouts } from "../store/rollouts.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { makeRings, type RingSize } from "./make-rings.ts";
import { type PhoneWay, planUpgrade, type UpgradePlan, waysTo } from "./plan-rollout.ts";
import { defaultRolloutWish, type Rollout, type RolloutState, type RolloutWish } from "./rollout.ts";
import { readFacts } from "./rollout-facts.ts";
import { applyStep } from "./run-rollouts.ts";
import type { Shelf } from "./shelf.ts";
import { rollBack } from "./step-rollout.ts";

/** Which phones shall run which version. */
export interface UpgradeWish {
  readonly to: string;
  readonly models: readonly string[];
  readonly vendor?: string;
  readonly sites?: readonly string[];
}

export interface RolloutDraft extends UpgradeWish, Partial<RolloutWish> {
  readonly rings: readonly RingSize[];
  readonly by?: "spread" | "site";
  readonly who: string;
  readonly reason?: string;
}

/** A roll-out in one line. */
export interface RolloutSummary extends Omit<Rollout, "phones" | "sites" | "worseSince" | "wish"> {
  readonly stages: Readonly<Record<string, number>>;
}

function summaryOf(rollout: Rollout): RolloutSummary {
  const { phones, sites: _sites, worseSince: _worseSince, wish: _wish, ...rest } = rollout;
  const counts = Map.groupBy(phones, ({ stage }) => stage);
  return { ...rest, stages: Object.fromEntries([...counts].map(([stage, all]) => [stage, all.length])) };
}

/** The verbs about versions of one tenant's phones. A running server carries roll-outs out; verbs work beside it. */
export class FirmwareRollouts {
  readonly #inventory: Inventory;
  readonly #rollouts: Rollouts;

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
    this.#rollouts = new Rollouts(inventory.store, inventory.tenant);
  }

  /** Phones, steps, hours, and octets over each site's line; nothing is stored. */
  async plan(wish: UpgradeWish, how: Partial<RolloutWish> = {}): Promise<Verb<UpgradePlan>> {
    const ways = await this.#ways(wish);
    if (!ways.ok) return ways;
    const { perSiteHour, window } = { ...defaultRolloutWish, ...how };
    const day = 24 * 60;
    const share = window === undefined ? 1 : ((window.to - window.from + day) % day) / day;
    return done(planUpgrade(wish.to, ways.value, { perSiteHour, window: share }));
  }

  /** Phones without a way are left out; refused where none has one, or another roll-out has one of them. */
  async start(draft: RolloutDraft): Promise<Verb<Rollout>> {
    const ways = await this.#ways(draft);
    if (!ways.ok) return ways;
    const going = ways.value.filter((way) => way.refused === undefined);
    const busy = await this.#busy(going);
    if (busy !== undefined) return busy;
    if (going.length === 0)
      return refused({
        place: "phones",
        expected: "phones that can go there",
        found: ways.value[0]?.refused ?? "none that is not there already",
        remedy: "`offhook firmware plan` tells of each.",
      });
    const { store, tenant } = this.#inventory;
    const rollout = await this.#make(draft, going);
    await store.transaction(async (inside) => {
      await new Rollouts(inside, tenant).put(rollout);
      const detail = `${draft.models.join(" ")} to ${draft.to}: ${going.length} phones in ${rollout.rings} rings`;
      await new Audit(inside).add(tenant, {
        who: draft.who,
        what: "rollout started",
        subject: `rollout:${rollout.id}`,
        detail,
      });
    });
    return done(rollout);
  }

  /** Newest first. */
  async list(limit = 50): Promise<RolloutSummary[]> {
    return (await this.#rollouts.list(limit)).map((rollout) => summaryOf(rollout));
  }

  async show(id: string): Promise<Verb<Rollout>> {
    const exact = await this.#rollouts.get(id);
    const found =
      exact === undefined ? (await this.#rollouts.list(500)).filter((one) => isNamed(one, id)) : [exact];
    const [only] = found;
    if (only !== undefined && found.length === 1) return done(only);
    return refused({
      kind: "unknown",
      place: "rollout",
      expected: "one that `offhook firmware rollout list` names",
      found: id,
    });
  }

  async summary(id: string): Promise<Verb<RolloutSummary>> {
    const found = await this.show(id);
    return found.ok ? done(summaryOf(found.value)) : found;
  }

  /** No further orders until it is resumed; who is under way is watched, and a bad image still stops it. */
  pause(id: string, who: string): Promise<Verb<Rollout>> {
    return this.#turn(id, who, "paused", ["running"]);
  }

  resume(id: string, who: string): Promise<Verb<Rollout>> {
    return this.#turn(id, who, "running", ["paused"]);
  }

  /** Ends it; phones stay as they are, or go back. */
  async abort(id: string, who: string, back = false): Promise<Verb<Rollout>> {
    if (!back) return this.#turn(id, who, "aborted", ["running", "paused", "rolling-back"]);
    const known = await this.#inState(id, ["running", "paused"]);
    if (!known.ok) return known;
    const now = this.#inventory.store.now();
    const all = { ...known.value, wish: { ...known.value.wish, rollBack: "all" as const } };
    const step = rollBack(all, await readFacts(this.#inventory, all, now), now, `aborted by ${who}`);
    await applyStep(this.#inventory, known.value, step);
    return done(step.state);
  }

  async #turn(
    id: string,
    who: string,
    state: RolloutState,
    from: readonly RolloutState[],
  ): Promise<Verb<Rollout>> {
    const known = await this.#inState(id, from);
    if (!known.ok) return known;
    const { store, tenant } = this.#inventory;
    const words = state === "running" ? { words: `resumed by ${who}` } : { words: `${state} by ${who}` };
    // A ring that nobody took is over once somebody says so.
    const ring = known.value.phones.filter((phone) => phone.ring === known.value.ring);
    const isTaken = !ring.every(({ stage }) => stage === "absent" || stage === "failed");
    const skip = state === "running" && !isTaken && known.value.ring + 1 < known.value.rings;
    const next = { ...known.value, state, ...words, ring: known.value.ring + (skip ? 1 : 0) };
    await store.transaction(async (inside) => {
      await new Rollouts(inside, tenant).put(next, known.value);
      const subject = `rollout:${known.value.id}`;
      await new Audit(inside).add(tenant, { who, what: `rollout ${state}`, subject, detail: "" });
    });
    return done(next);
  }

  async #inState(id: string, from: readonly RolloutState[]): Promise<Verb<Rollout>> {
    const known = await this.show(id);
    if (!known.ok || from.includes(known.value.state)) return known;
    return refused({
      place: "rollout",
      expected: `one that is ${from.join(" or ")}`,
      found: known.value.state,
    });
  }

  async #ways({ to, models, vendor, sites }: UpgradeWish): Promise<Verb<PhoneWay[]>> {
    const wanted = new Set(models.map((model) => model.toLowerCase()));
    const phones = (await this.#inventory.listPhones()).filter(
      ({ device }) =>
        wanted.has(device.model.toLowerCase()) &&
        device.state !== "revoked" &&
        (vendor === undefined || device.vendor === vendor) &&
        (sites === undefined || sites.includes(device.site)),
    );
    if (phones.length === 0)
      return refused({
        place: "model",
        expected: "phones of these models",
        found: `none of ${models.join(", ")}`,
      });
    const [profiles, { firmware }] = await Promise.all([
      this.#inventory.profiles(),
      this.#inventory.renderContext(),
    ]);
    const planned = phones.map(({ device: { mac, vendor: maker, model, site }, seen }) => ({
      mac,
      vendor: maker,
      model,
      site,
      ...(seen?.firmware === undefined ? {} : { from: seen.firmware }),
    }));
    return done(waysTo(to, planned, profiles, firmware as Shelf)); // ours: renderContext() makes it
  }

  async #busy(ways: readonly PhoneWay[]): Promise<ReturnType<typeof refused> | undefined> {
    const macs = new Set(ways.map(({ phone }) => phone.mac));
    for (const other of await this.#rollouts.open()) {
      const both = other.phones.find(({ mac }) => macs.has(mac));
      if (both !== undefined)
        return refused({
          kind: "taken",
          place: "phones",
          expected: "phones that no other roll-out has",
          found: `${both.mac}, which roll-out ${other.id} has`,
        });
    }
    return undefined;
  }

  async #make(draft: RolloutDraft, ways: readonly PhoneWay[]): Promise<Rollout> {
    const { rings: sizes, by, who, reason, to, models, vendor, sites: _, ...how } = draft;
    const at = this.#inventory.store.now();
    const zones = new Map(
      (await this.#inventory.listSites()).map(({ id, settings }) => [id, settings.time?.zone ?? "Etc/UTC"]),
    );
    const placed = makeRings(
      ways.map(({ phone, steps }) => ({ ...phone, steps: steps.length })),
      sizes,
      by,
    );
    const phones = placed.map(({ phone: { mac, site, from, steps }, ring }) => ({
      mac,
      site,
      steps,
      ring,
      zone: zones.get(site) ?? "Etc/UTC",
      stage: "waiting" as const,
      ...(from === undefined ? {} : { from }),
    }));
    return {
      id: uuidV7(at),
      at,
      who,
      ...(reason === undefined ? {} : { reason }),
      vendor: vendor ?? ways[0]?.phone.vendor ?? "",
      models,
      to,
      wish: { ...defaultRolloutWish, ...how },
      state: "running",
      rings: 1 + Math.max(...phones.map(({ ring }) => ring)),
      ring: 0,
      sites: {},
      worseSince: {},
      phones,
    };
  }
}

/** By the beginning or the end of its id. */
function isNamed({ id }: Rollout, word: string): boolean {
  return word.length >= 4 && (id.startsWith(word) || id.endsWith(word));
}
