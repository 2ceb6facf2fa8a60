import { above, any } from "../condition.ts";
import type { Rule } from "../rule.ts";

export const agentRules: readonly Rule[] = [
  {
    id: "Z1",
    cause: "agent-overloaded",
    layer: "agent",
    severity: "minor",
    on: "host",
    needs: [
      any(
        above("host.loopDelay", (facts) => facts.limit("agent.loopDelay.ms")),
        above("host.cpu", (facts) => facts.limit("agent.cpu.percent")),
      ),
    ],
    base: 0.95,
    sentence: (facts) =>
      `The machine that measures is busy itself: event loop delay ${facts.print("host.loopDelay")}, processor ${facts.print("host.cpu")}.`,
    remedy: () =>
      "Do not trust media figures from here. Stop other work on this machine, or measure with fewer streams.",
  },
];
