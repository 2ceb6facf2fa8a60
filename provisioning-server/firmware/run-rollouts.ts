import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { Audit } from "../store/audit.ts";
import { Rollouts } from "../store/rollouts.ts";
import type { Rollout } from "./rollout.ts";
import { readFacts } from "./rollout-facts.ts";
import { type RolloutStep, stepRollout } from "./step-rollout.ts";

/** Asks phones to fetch their config now; without it they take it at their next look. */
export interface PhoneOrders {
  order(inventory: Inventory, macs: readonly MacAddress[], reason: string): Promise<void>;
}

export interface RunRolloutsOptions {
  readonly orders?: PhoneOrders;
  readonly onStep?: (rollout: Rollout, step: RolloutStep) => void;
}

/** Looks once at every roll-out of a tenant that is not at its end. What is stored is all it knows, so it may stop at any time. */
export async function runRollouts(inventory: Inventory, options: RunRolloutsOptions = {}): Promise<void> {
  const { store, tenant } = inventory;
  for (const before of await new Rollouts(store, tenant).open()) {
    const now = store.now();
    const step = stepRollout(before, await readFacts(inventory, before, now), now);
    if (step.state === before && step.orders.length === 0) continue;
    if (!(await applyStep(inventory, before, step))) continue;
    options.onStep?.(before, step);
    const macs = step.orders.map(({ mac }) => mac);
    if (macs.length > 0) await options.orders?.order(inventory, macs, `firmware ${before.to}`);
  }
}

/**
 * Stores a step with what it orders, in one transaction: phones' settings are one change, which `offhook change` shows. False:
 * somebody paused or ended the roll-out meanwhile, and the next look begins from there.
 */
export async function applyStep(inventory: Inventory, before: Rollout, step: RolloutStep): Promise<boolean> {
  const { state, orders, reasons } = step;
  const author = { who: before.who, reason: `roll-out ${before.id.slice(-8)} to ${before.to}` };
  const subject = `rollout:${before.id}`;
  return inventory.atomically(author, async (inside) => {
    const rollouts = new Rollouts(inside.store, inside.tenant);
    const stored = await rollouts.get(before.id);
    if (stored?.state !== before.state) return false;
    for (const { mac, version } of orders) await inside.setPhone(mac, "firmware.version", version);
    await rollouts.put(state, before);
    const said = orders.length === 0 ? reasons : [`${orders.length} phones ordered`, ...reasons];
    const detail = said.slice(0, 20).join("; ").slice(0, 1000);
    if (said.length > 0)
      await new Audit(inside.store).add(inside.tenant, {
        who: "server",
        what: "rollout step",
        subject,
        detail,
      });
    return true;
  });
}
