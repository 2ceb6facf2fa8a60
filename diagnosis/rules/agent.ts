import { above, any, seen } from "../condition.ts";
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
  {
    id: "Z2",
    cause: "overloaded-while-measuring",
    layer: "agent",
    severity: "info",
    on: "rtp",
    needs: [
      any(
        seen(above("rtp.own.loopDelay", (facts) => facts.limit("agent.loopDelay.ms"))),
        seen(above("rtp.sendLate", (facts) => facts.limit("rtp.sendLate.ms"))),
      ),
    ],
    base: 0.9,
    sentence: (facts) =>
      `This host was too busy while it measured ${facts.name()}: its packets left ${facts.print("rtp.sendLate")} late (p99), event loop delay ${facts.print("rtp.own.loopDelay")}.`,
    remedy: () =>
      "Do not trust jitter and delay of this run. Measure again with fewer streams, or on a quiet machine.",
  },
  {
    id: "Z3",
    cause: "capture-drops",
    layer: "agent",
    severity: "minor",
    on: "host",
    needs: [above("cap.loss", 0)],
    base: 0.95,
    sentence: (facts) =>
      `The capture itself dropped ${facts.print("cap.loss")} packets, as it was too slow: they are missing in it, and were not lost on the way.`,
    remedy: () =>
      "Do not trust loss and silence in this capture. Take fewer packets (--filter), or a quieter machine.",
  },
];
