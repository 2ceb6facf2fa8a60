import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { showLines } from "../way/show-lines.ts";
import { markName } from "./mark-name.ts";

/** The answer, what came back, and the routers on the way as a small table. */
export function showDscp(observations: readonly Observation[]): string[] {
  const value = (key: ObservationKey) => observations.find((each) => each.key === key)?.value;
  const sent = Number(value("dscp.sent"));
  const lines = showLines(
    observations.map(named),
    [
      ["ttl.seen", "arrives with TTL"],
      ["dscp.hop", "changed before hop"],
      ["dscp.back", "answers come with"],
      ["ttl.back", "answers' TTL"],
    ],
    [
      [
        "dscp.seen",
        (seen) =>
          value("dscp.seen") === sent
            ? `the marking arrives: DSCP ${seen}`
            : `the marking is lost: DSCP ${markName(sent)} arrives as ${seen}`,
      ],
    ],
  );
  return [...lines, ...hopTable(value("dscp.path"), sent)];
}

/** Markings by their names, wherever they stand. */
function named(each: Observation): Observation {
  const isMark = each.key === "dscp.seen" || each.key === "dscp.back";
  return isMark && typeof each.value === "number" ? { ...each, value: markName(each.value) } : each;
}

/** `dscp.path` has `2 198.51.100.1 46` for each router. */
function hopTable(path: Observation["value"] | undefined, sent: number): string[] {
  if (!Array.isArray(path) || path.length === 0) return [];
  const rows = path.map((line) => line.split(" "));
  const width = Math.max(...rows.map(([, address = ""]) => address.length), "address".length);
  return [
    "",
    `  hop  ${"address".padEnd(width)}  DSCP`,
    ...rows.map(([hop = "", address = "", mark = ""]) => {
      const changed = Number(mark) === sent ? "" : "  changed";
      return `  ${hop.padStart(3)}  ${address.padEnd(width)}  ${markName(Number(mark))}${changed}`;
    }),
  ];
}
