import type { AgentCommand, CommandResult } from "../../protocol/agent-protocol.ts";
import { printMacAddress } from "../../protocol/mac-address.ts";
import type { AgentIo } from "../io/io.ts";
import type { Log } from "../io/log.ts";
import { parseSwitchPlace } from "../probes/poe-ports/switch-place.ts";
import type { SwitchSettings } from "../probes/poe-ports/switch-settings.ts";
import {
  bounce,
  planBounce,
  usualBounce,
  type BounceTimes,
  type Looks,
} from "../probes/poe-pulse/bounce-port.ts";
import type { HurryPace } from "./hurries.ts";
import type { ReadyPlan } from "./plans.ts";

export interface CommandHands {
  readonly io: AgentIo;
  readonly log: Log;
  readonly plans: () => readonly ReadyPlan[];
  readonly hurry: (plan: string, pace: HurryPace) => void;
  /** The looks at switches, and the name of the probe whose plans say how a switch is asked. */
  readonly switches: { readonly looks: Looks; readonly probe: string };
  readonly times?: BounceTimes;
}

const refused = (sentence: string): CommandResult => ({ outcome: "refused", sentence });
const at = { settle: 0, apart: 1000 };

/** Does what the server asks, as far as this agent's own config lets it. */
export async function runCommand(
  command: AgentCommand,
  hands: CommandHands,
  signal: AbortSignal,
): Promise<CommandResult> {
  switch (command.kind) {
    case "probe-now": {
      if (!hands.plans().some(({ id }) => id === command.plan)) return refused("There is no such plan here.");
      hands.hurry(command.plan, at);
      return { outcome: "done", sentence: "The look is taken at once." };
    }
    case "bounce-port":
      return bouncePort(command, hands, signal);
  }
}

/** The plan that knows this switch by this name; one with write access before one without. */
function planOf(
  command: { readonly switch: string },
  { plans, switches }: CommandHands,
): (ReadyPlan & { readonly settings: SwitchSettings }) | undefined {
  const found = plans()
    .filter(({ probe }) => probe.name === switches.probe)
    // Settings were checked against that probe's schema in plans.ts.
    .map((plan) => ({ ...plan, settings: plan.settings as SwitchSettings }))
    .filter(({ settings, target }) => (settings.id ?? parseSwitchPlace(target)?.host) === command.switch);
  return found.find(({ settings }) => settings.writeFrom !== undefined) ?? found[0];
}

async function bouncePort(
  command: Extract<AgentCommand, { readonly kind: "bounce-port" }>,
  hands: CommandHands,
  signal: AbortSignal,
): Promise<CommandResult> {
  const { io, log, switches, hurry, times = usualBounce } = hands;
  const plan = planOf(command, hands);
  if (plan === undefined) return refused(`This agent does not look at a switch ${command.switch}.`);
  const wish = { target: plan.target, settings: plan.settings, port: command.port, force: false };
  const planned = await planBounce(wish, switches.looks, io, signal);
  if (!planned.ok) return refused(`Nothing was changed: ${planned.why}.`);
  if (command.phone !== null && planned.phone !== command.phone) {
    const there = planned.phone === undefined ? "no known phone" : printMacAddress(planned.phone);
    return refused(`Nothing was changed: ${there} is there now, not ${printMacAddress(command.phone)}.`);
  }
  const { subject, port, whom } = planned;
  log.info({ event: "bounce", id: command.id, subject, port, whom }, "taking the power from a port");
  const done = await bounce(planned, switches.looks, io, signal, times);
  log.info({ event: "bounce", id: command.id, subject, end: done.end }, "the port was restarted");
  hurry(plan.id, at);
  const bad = done.end === "not-done" ? "refused" : "failed";
  return { outcome: done.end === "back" ? "done" : bad, sentence: done.sentence };
}
