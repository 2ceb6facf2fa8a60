import type { ObservationKey } from "../../protocol/observation-keys.ts";
import { above, all, any, below, seen, when, type Condition } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows M10 and M11 of the matrix: does the marking of voice arrive, and does anybody heed it?

const marked = above("dscp.sent", 0);

/** Both are known, and they differ or not. */
const compare = (arrived: ObservationKey, sent: ObservationKey, same: boolean): Condition =>
  all(
    when(sent, (value) => typeof value === "number"),
    when(arrived, (value, facts) => typeof value === "number" && (value === facts.number(sent)) === same),
  );
const changedThere = compare("dscp.seen", "dscp.sent", false);
const changedBack = compare("dscp.back", "dscp.back.sent", false);

/** The marked stream loses, and not clearly less than the other one beside it. */
const lostAlike = (loss: ObservationKey, bestEffort: ObservationKey): Condition =>
  all(
    above(loss, (facts) => facts.limit("rtp.loss.percent")),
    when(bestEffort, (value, facts) => {
      const lost = facts.number(loss) ?? 0;
      return typeof value === "number" && value > 0 && lost >= value * facts.limit("rtp.priority.share");
    }),
  );
const alikeThere = all(compare("dscp.seen", "dscp.sent", true), lostAlike("rtp.fwd.loss", "rtp.be.fwd.loss"));
const alikeBack = all(
  compare("dscp.back", "dscp.back.sent", true),
  lostAlike("rtp.rev.loss", "rtp.be.rev.loss"),
);
const holds = (condition: Condition, facts: Facts) => condition(facts).state === "holds";

export const markingRules: readonly Rule[] = [
  {
    id: "M10",
    cause: "dscp-lost",
    layer: "media",
    severity: "minor",
    on: ["path", "rtp"],
    needs: [any(changedThere, seen(changedBack))],
    base: 0.9,
    sentence: (facts) => {
      const hop = facts.number("dscp.hop");
      const where = hop === undefined ? "" : `, at router ${hop - 1} or on the link behind it`;
      const there = `DSCP ${facts.number("dscp.sent") ?? 0} arrives as ${facts.number("dscp.seen") ?? 0}${where}`;
      const back = `DSCP ${facts.number("dscp.back.sent") ?? 0} of the far end arrives here as ${facts.number("dscp.back") ?? 0}`;
      const ways = [
        ...(holds(changedThere, facts) ? [there] : []),
        ...(holds(changedBack, facts) ? [back] : []),
      ];
      return `Marking is changed on the way: ${ways.join("; ")}.`;
    },
    remedy: () => "Have the routers and switches on the way trust the marking of the voice VLAN.",
  },
  {
    id: "M11",
    cause: "mark-not-heeded",
    layer: "media",
    severity: "major",
    on: "rtp",
    needs: [marked, any(alikeThere, seen(alikeBack))],
    // Loss at random hits everybody: it may well be a cable, which no queue helps.
    contradicts: [{ weight: 0.2, if: below("rtp.burst", (facts) => facts.limit("rtp.burst.ratio")) }],
    base: 0.85,
    sentence: (facts) => {
      const ways = [
        ...(holds(alikeThere, facts)
          ? [`there ${facts.print("rtp.fwd.loss")}, and ${facts.print("rtp.be.fwd.loss")} without the mark`]
          : []),
        ...(holds(alikeBack, facts)
          ? [`back ${facts.print("rtp.rev.loss")}, and ${facts.print("rtp.be.rev.loss")} without the mark`]
          : []),
      ];
      return `The mark of ${facts.name()} arrives, and nothing prefers it: lost ${ways.join("; ")}.`;
    },
    remedy: () =>
      "Put DSCP 46 into the priority queue of the router at the narrow line, and shape the line a little below its speed so that the queue is there.",
  },
];
