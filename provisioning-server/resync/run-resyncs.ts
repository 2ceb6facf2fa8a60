import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { ServerParts } from "../start/parts.ts";
import { DeviceSeen } from "../store/device-seen.ts";
import { PhoneEvents } from "../store/phone-events.ts";
import { ResyncPlans } from "../store/resync-plans.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { Reaches } from "./phone-reach.ts";
import type { ResyncPhone, ResyncPlan } from "./resync-plan.ts";
import { sendNotify, type NotifyResult } from "./send-notify.ts";
import { isUnderWay, stepResync } from "./step-resync.ts";

const day = 86_400_000;

/** Carries the plans of all tenants out until the server ends. */
export async function watchResyncs({ inventory, closing, crash }: ServerParts): Promise<void> {
  const stop = new AbortController();
  const runner = new ResyncRunner(inventory, { signal: stop.signal, crash });
  await runner.recover();
  closing.push(async () => {
    stop.abort();
    await runner.settled();
  });
  closing.every(1000, () => runner.tick());
  closing.every(3_600_000, () => new ResyncPlans(inventory.store).prune(Date.now() - 90 * day));
}

interface RunnerOptions {
  readonly signal: AbortSignal;
  readonly crash: (error: unknown) => void;
}

/** Takes each open plan a step further, and sends what the steps ask for. */
export class ResyncRunner {
  readonly #inventory: Inventory;
  readonly #options: RunnerOptions;
  readonly #sending = new Set<Promise<void>>();
  #ticking: Promise<void> | undefined;

  constructor(inventory: Inventory, options: RunnerOptions) {
    this.#inventory = inventory;
    this.#options = options;
  }

  /** Once, before the first step: what an earlier process was about to ask waits again. */
  async recover(): Promise<void> {
    await new ResyncPlans(this.#inventory.store).recover();
  }

  /** One step of every open plan; a tick that comes while one is under way is that one. */
  async tick(): Promise<void> {
    this.#ticking ??= this.#step().finally(() => (this.#ticking = undefined));
    await this.#ticking;
  }

  /** When nothing is being sent any more. */
  async settled(): Promise<void> {
    await this.#ticking;
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  async #step(): Promise<void> {
    const { store } = this.#inventory;
    const plans = await new ResyncPlans(store).open();
    const seenOf = new Map<string, Awaited<ReturnType<DeviceSeen["all"]>>>();
    for (const tenant of new Set(plans.map((plan) => plan.tenant)))
      seenOf.set(tenant, await new DeviceSeen(store).all(tenant));
    const current = new Map(plans.map((plan) => [plan.id, plan]));
    for (const { id, tenant } of plans) {
      const asked = await store.transaction(async (inside) => {
        // Read anew: a verb may have stopped it since.
        const plan = await new ResyncPlans(inside).get(tenant, id);
        if (plan === undefined) return undefined;
        const others = [...current.values()].filter((other) => other.id !== id);
        const step = stepResync(plan, {
          now: store.now(),
          seen: seenOf.get(tenant) ?? new Map(),
          elsewhere: others.flatMap((other) => addressesUnderWay(other, seenOf.get(other.tenant))),
        });
        await new ResyncPlans(inside).change(plan, step.plan);
        return step;
      });
      if (asked === undefined) continue;
      current.set(id, asked.plan);
      if (asked.ask.length > 0) this.#ask(asked.plan, asked.ask);
    }
  }

  #ask(plan: ResyncPlan, macs: readonly MacAddress[]): void {
    const inventory = this.#inventory.ofTenant(plan.tenant);
    const reaches = new Reaches(inventory);
    for (const mac of macs) {
      const sending = this.#askOne(plan, mac, reaches)
        .catch((error: unknown) => {
          // At the end of the server the phone stays as it is, and waits again at the next start.
          if (!this.#options.signal.aborted) this.#options.crash(error);
        })
        .finally(() => this.#sending.delete(sending));
      this.#sending.add(sending);
    }
  }

  async #askOne(plan: ResyncPlan, mac: MacAddress, reaches: Reaches): Promise<void> {
    const phone = plan.phones.find((each) => each.mac === mac);
    if (phone === undefined) return;
    const reach = await reaches.of(mac, plan.wish);
    if (reach === undefined)
      return this.#write(plan, { ...phone, state: "failed", words: "it is no longer in the inventory" });
    const { form, found } = reach;
    if (!form.ok) return this.#write(plan, { ...phone, state: "failed", words: form.why });
    if (!found.ok) return this.#write(plan, { ...phone, state: "failed", words: found.why });
    const askedAt = this.#inventory.store.now();
    const { signal } = this.#options;
    const result = await sendNotify(found.target, form.event, { signal });
    const { way, host, port } = found.target;
    const where = way === "pbx" ? `through the PBX at ${host}:${port}` : `straight at ${host}:${port}`;
    const asked = `resync asked for ${where} (Event: ${form.event}): ${result.words}`;
    await this.#write(plan, afterNotify(phone, result, { askedAt, now: this.#inventory.store.now() }), asked);
  }

  /** What came of it stands in the plan and in the phone's trace together. */
  async #write(plan: ResyncPlan, phone: ResyncPhone, words = phone.words ?? phone.state): Promise<void> {
    await this.#inventory.store.transaction(async (inside) => {
      const at = inside.now();
      await new ResyncPlans(inside).setPhone(plan, phone);
      const by = plan.reason === undefined ? plan.who : `${plan.who}, ${plan.reason}`;
      const event = { id: uuidV7(at), at, kind: "resync" as const, words: `${words} (${by})` };
      await new PhoneEvents(inside).add(plan.tenant, phone.mac, event);
    });
  }
}

function afterNotify(
  phone: ResyncPhone,
  result: NotifyResult,
  { askedAt, now }: { readonly askedAt: number; readonly now: number },
): ResyncPhone {
  const { words } = result;
  switch (result.kind) {
    case "taken":
      return { ...phone, state: "asked", askedAt, words };
    case "busy": {
      const { askedAt: _asked, batch: _batch, ...rest } = phone;
      return { ...rest, state: "waiting", againAt: now + result.after, words: `busy: ${words}` };
    }
    case "refused":
      return { ...phone, state: "failed", words };
  }
}

function addressesUnderWay(
  plan: ResyncPlan,
  seen: ReadonlyMap<MacAddress, { readonly address: string }> | undefined,
): string[] {
  return plan.phones.filter((phone) => isUnderWay(phone)).map(({ mac }) => seen?.get(mac)?.address ?? "");
}
