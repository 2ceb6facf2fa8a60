import { styleText } from "node:util";
import type { Effort, Row } from "./bench.ts";
import type { Spread } from "./spread.ts";

export interface Printer {
  start(about: Effort & { readonly node: string; readonly cores: string }): void;
  bench(name: string, about: string): void;
  row(bench: string, row: Row): void;
  skip(bench: string, what: string, why: string): void;
  failure(bench: string, error: unknown): void;
  end(counts: { readonly figures: number; readonly skipped: number; readonly failed: number }): void;
}

/** One JSON object a line; `kind` says what it is. */
export function jsonPrinter(): Printer {
  const say = (kind: string, what: object) => console.log(JSON.stringify({ kind, ...what }));
  return {
    start: (about) => say("run", about),
    bench: () => {},
    row: (bench, row) => say("figure", { bench, ...row }),
    skip: (bench, what, why) => say("skipped", { bench, what, why }),
    failure: (bench, error) => say("failed", { bench, why: sentence(error) }),
    end: (counts) => say("summary", counts),
  };
}

/** For people: a block per bench, a line per figure and peer. */
export function tablePrinter(): Printer {
  let lastWork = "";
  let lastNote = "";
  let wantedRounds = 0;
  const note = () => {
    if (lastNote !== "") console.log(dim(`    ${lastNote}`));
    lastNote = "";
  };
  return {
    start({ node, cores, rounds, runMs }) {
      wantedRounds = rounds;
      console.log(`Node ${node}; ${cores}; ${rounds} rounds of ${runMs} ms a side, in alternating order.`);
      console.log("Figures and ratios as min, median, max. A ratio above 1: offhook is ahead.");
    },
    bench(name, about) {
      note();
      console.log(`\n${styleText("bold", name)}: ${about}`);
      lastWork = "";
    },
    row(_bench, row) {
      if (row.work !== lastWork) {
        note();
        console.log(`  ${row.work}`);
      }
      lastWork = row.work;
      const fewer = row.rounds < wantedRounds ? `only ${row.rounds} rounds in the time there was; ` : "";
      lastNote = `${fewer}${row.note ?? ""}`;
      console.log(`    ${figureLine("offhook", row.ours, row.unit)}`);
      for (const { name, figure, ratio } of row.peers)
        console.log(
          `    ${figureLine(name, figure, row.unit)}${ratio === undefined ? "" : `  ${ratioText(ratio)}`}`,
        );
    },
    skip(_bench, what, why) {
      note();
      console.log(`  skipped ${what}: ${why}`);
    },
    failure(bench, error) {
      note();
      console.log(styleText("red", `  failed ${bench}: ${sentence(error)}`));
      if (error instanceof Error) console.error(error.stack);
    },
    end({ figures, skipped, failed }) {
      note();
      console.log(`\n${figures} figures, ${skipped} skipped, ${failed} failed`);
    },
  };
}

const dim = (text: string) => styleText("dim", text);

function figureLine(name: string, figure: Spread, unit: string): string {
  const { min, median, max } = figure;
  const numbers = [min, median, max].map((each) => short(each).padStart(8)).join("");
  return `${name.padEnd(24)}${numbers}  ${unit.padEnd(20)}`;
}

function ratioText({ min, median, max }: Spread): string {
  return `offhook is at ${styleText("bold", `${short(median)}×`)} ${dim(`(${short(min)} to ${short(max)})`)}`;
}

/** Three digits tell enough on a noisy machine. */
function short(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
