import { printMacAddress, type MacAddress } from "../../protocol/mac-address.ts";
import { done, refused, type Verb } from "../inventory/flaw.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { readMac } from "../inventory/plan-phone.ts";
import { Audit } from "../store/audit.ts";
import { ResyncPlans } from "../store/resync-plans.ts";
import { SitePbxBook } from "../store/site-pbx.ts";
import { uuidV7 } from "../uuid-v7.ts";
import type { SitePbx } from "./notify-target.ts";
import { Reaches, type PhoneReach } from "./phone-reach.ts";
import {
  defaultWish,
  type ResyncPhone,
  type ResyncPlan,
  type ResyncWish,
  phonesInWords,
} from "./resync-plan.ts";

/** Which phones are asked to fetch their config again, and how; what is absent is as in {@link defaultWish}. */
export interface ResyncOrder extends Partial<ResyncWish> {
  readonly macs: readonly string[];
  /** A login, or what orders it: `rollout 018f…`. */
  readonly who: string;
  /** For people. */
  readonly reason?: string;
}

/** A phone that cannot be asked, and what does instead. */
export interface ResyncRefusal {
  readonly mac: MacAddress;
  readonly why: string;
  readonly instead: string;
}

export interface ResyncOrdered {
  readonly plan: ResyncPlan;
  readonly refused: readonly ResyncRefusal[];
  /** What each phone of the plan is told and where that goes, as of now. */
  readonly ways: readonly { readonly mac: MacAddress; readonly event: string; readonly to: string }[];
}

/** How far a plan is: what a roll-out waits for. */
export interface ResyncProgress {
  readonly state: ResyncPlan["state"];
  readonly words?: string;
  readonly back: readonly MacAddress[];
  /** Asked in vain. */
  readonly lost: readonly MacAddress[];
  /** Not asked yet, or not back yet. */
  readonly open: readonly MacAddress[];
}

/** The verbs about resyncs of one tenant. A running server carries plans out (run-resyncs.ts); verbs work beside it. */
export class Resyncs {
  readonly #inventory: Inventory;
  readonly #plans: ResyncPlans;

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
    this.#plans = new ResyncPlans(inventory.store);
  }

  /** Plans a resync; phones that cannot be asked are left out with the reason. Refused where none is left. */
  async order(order: ResyncOrder): Promise<Verb<ResyncOrdered>> {
    const ordered = await this.rehearse(order);
    if (!ordered.ok) return ordered;
    const { store, tenant } = this.#inventory;
    const { plan } = ordered.value;
    await store.transaction(async (inside) => {
      await new ResyncPlans(inside).add(plan);
      const count = plan.phones.length;
      const subject =
        count === 1 && plan.phones[0] !== undefined ? `phone:${plan.phones[0].mac}` : `resync:${plan.id}`;
      const detail = [phonesInWords(count), ...(order.reason === undefined ? [] : [order.reason])].join(": ");
      await new Audit(inside).add(tenant, { who: order.who, what: "resync ordered", subject, detail });
    });
    return ordered;
  }

  /** What {@link order} would plan; nothing is stored. */
  async rehearse(order: ResyncOrder): Promise<Verb<ResyncOrdered>> {
    const { macs, who, reason, ...more } = order;
    const wish: ResyncWish = { ...defaultWish, ...more };
    const found = await this.#look(macs, wish);
    if (!found.ok) return found;
    const phones: ResyncPhone[] = [];
    const no: ResyncRefusal[] = [];
    const ways: ResyncOrdered["ways"][number][] = [];
    for (const reach of found.value) {
      const { device, zone, form, found: target } = reach;
      if (!form.ok || !target.ok) {
        no.push(refusalOf(reach));
        continue;
      }
      const { way, host, port } = target.target;
      ways.push({ mac: device.mac, event: form.event, to: `${way} ${host}:${port}` });
      phones.push({ mac: device.mac, site: device.site, zone, state: "waiting" });
    }
    if (phones.length === 0) return refused(...no.map((each) => flawOf(each)));
    const at = this.#inventory.store.now();
    const { tenant } = this.#inventory;
    const why = reason === undefined ? {} : { reason };
    const plan: ResyncPlan = {
      id: uuidV7(at),
      tenant,
      at,
      who,
      ...why,
      wish,
      state: "running",
      forgiven: 0,
      phones,
    };
    return done({ plan, refused: no, ways });
  }

  async #look(macs: readonly string[], wish: ResyncWish): Promise<Verb<PhoneReach[]>> {
    if (macs.length === 0)
      return refused({ place: "phones", expected: "at least one phone", found: "none that fits" });
    const reaches = new Reaches(this.#inventory);
    const found: PhoneReach[] = [];
    for (const text of macs) {
      const mac = readMac(text);
      if (!mac.ok) return mac;
      if (found.some(({ device }) => device.mac === mac.value)) continue;
      const reach = await reaches.of(mac.value, wish);
      if (reach === undefined)
        return refused({
          kind: "unknown",
          place: "mac",
          expected: "a phone we know",
          found: printMacAddress(mac.value),
        });
      found.push(reach);
    }
    return done(found);
  }

  /** Newest first; those older than one, if given. */
  list(limit = 50, before?: string): Promise<ResyncPlan[]> {
    return this.#plans.list(this.#inventory.tenant, limit, before);
  }

  async show(id: string): Promise<Verb<ResyncPlan>> {
    const plan = await this.#plans.get(this.#inventory.tenant, id);
    return plan === undefined
      ? refused({
          kind: "unknown",
          place: "resync",
          expected: "a plan that `offhook phone resyncs` lists",
          found: id,
        })
      : done(plan);
  }

  /** How far it is, phone by phone. */
  async progress(id: string): Promise<Verb<ResyncProgress>> {
    const plan = await this.show(id);
    if (!plan.ok) return plan;
    const { state, words, phones } = plan.value;
    const macsIn = (...states: ResyncPhone["state"][]) =>
      phones.filter((phone) => states.includes(phone.state)).map(({ mac }) => mac);
    return done({
      state,
      ...(words === undefined ? {} : { words }),
      back: macsIn("back"),
      lost: macsIn("silent", "failed"),
      open: macsIn("waiting", "asking", "asked"),
    });
  }

  /** No further batch until it is resumed; who was asked is waited for. */
  pause(id: string, who: string): Promise<Verb<ResyncPlan>> {
    return this.#turn(id, who, "paused", ["running"]);
  }

  /** Goes on, also after a batch that did not come back: who is silent is not asked again. */
  resume(id: string, who: string): Promise<Verb<ResyncPlan>> {
    return this.#turn(id, who, "running", ["paused", "stopped"]);
  }

  stop(id: string, who: string): Promise<Verb<ResyncPlan>> {
    return this.#turn(id, who, "stopped", ["running", "paused"]);
  }

  async #turn(
    id: string,
    who: string,
    state: "running" | "paused" | "stopped",
    from: readonly ResyncPlan["state"][],
  ): Promise<Verb<ResyncPlan>> {
    const { store, tenant } = this.#inventory;
    return store.transaction(async (inside) => {
      const plans = new ResyncPlans(inside);
      const plan = await plans.get(tenant, id);
      if (plan === undefined) return this.show(id);
      if (!from.includes(plan.state))
        return refused({ place: "resync", expected: `one that is ${from.join(" or ")}`, found: plan.state });
      await plans.turn(plan, state, state === "running" ? undefined : `${state} by ${who}`);
      const subject = `resync:${id}`;
      const detail = state === "running" && plan.words !== undefined ? `after: ${plan.words}` : "";
      await new Audit(inside).add(tenant, { who, what: `resync ${state}`, subject, detail });
      return done((await plans.get(tenant, id)) ?? plan);
    });
  }

  /** The PBX through which a site's phones are asked, where it is not the proxy that phones are told. */
  async pbxOf(site: string): Promise<Verb<SitePbx | undefined>> {
    const known = await this.#inventory.showSite(site);
    if (!known.ok) return known;
    const { store, vault, tenant } = this.#inventory;
    return done(await new SitePbxBook(store, vault).get(tenant, site));
  }

  /** Sets it, or (undefined) takes it out. */
  async setPbx(site: string, who: string, pbx: SitePbx | undefined): Promise<Verb<SitePbx | undefined>> {
    const known = await this.#inventory.showSite(site);
    if (!known.ok) return known;
    const { store, vault, tenant } = this.#inventory;
    await store.transaction(async (inside) => {
      await new SitePbxBook(inside, vault).put(tenant, site, pbx);
      const what = pbx === undefined ? "site pbx removed" : "site pbx set";
      const detail = pbx === undefined ? "" : `${pbx.host}:${pbx.port}`;
      await new Audit(inside).add(tenant, { who, what, subject: `site:${site}`, detail });
    });
    return done(pbx);
  }
}

function refusalOf({ device: { mac }, form, found }: PhoneReach): ResyncRefusal {
  if (!form.ok) return { mac, why: form.why, instead: form.instead };
  return {
    mac,
    why: found.ok ? "" : found.why,
    instead: "Its next look by itself (provisioning.repoll) brings it all.",
  };
}

function flawOf({ mac, why, instead }: ResyncRefusal) {
  return {
    place: printMacAddress(mac),
    expected: "a phone that can be asked",
    found: why,
    ...(instead === "" ? {} : { remedy: instead }),
  };
}
