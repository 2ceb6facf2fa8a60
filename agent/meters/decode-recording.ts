import { mismatchSentence } from "../../protocol/decoded.ts";
import { hexOf, type Chip, type PolledChip } from "./chips/chip.ts";
import { scanFrames, startOfStream } from "./chips/scan.ts";
import type { Reading } from "./reading.ts";

/** What a recording holds. */
export interface Recording {
  readonly readings: readonly Reading[];
  /** Frames and answers that cannot be, as sentences. */
  readonly bad: readonly string[];
  /** Octets that belonged to nothing. */
  readonly dropped: number;
}

/**
 * Octets as a meter sent them, decoded without the meter: one frame or many, or the lines that a meter of text commands
 * answered, in the order in which its chip asks (acknowledgements, prompts and echoes may be among them).
 */
export function decodeRecording(chip: Chip, bytes: Uint8Array): Recording {
  if (chip.kind === "polled") return decodeLines(chip, bytes);
  const scanned = scanFrames(chip, startOfStream, bytes);
  const { readings, bad, dropped, state } = scanned;
  const rest = state.rest.length;
  const nothing = readings.length === 0 && bad.length === 0;
  return {
    readings,
    bad: nothing ? [`no frame of ${chip.name} in ${hexOf(bytes.subarray(0, 40))}`] : bad,
    dropped: dropped + rest,
  };
}

function decodeLines(chip: PolledChip, bytes: Uint8Array): Recording {
  const lines = Buffer.from(bytes)
    .toString("latin1")
    .split(/[\r\n]+/);
  const answers = lines.filter(
    (line) => line !== "" && (chip.classify?.(line, undefined) ?? "answer") === "answer",
  );
  if (answers.length === 0)
    return { readings: [], bad: [`no answer of ${chip.name} among ${lines.length} lines`], dropped: 0 };
  const readings: Reading[] = [];
  const bad: string[] = [];
  for (const group of groupsOf(answers, chip.poll.length)) {
    const reading = chip.decodeAnswers(group);
    if (reading.ok) readings.push(reading.value);
    else bad.push(mismatchSentence(reading.why));
  }
  return { readings, bad, dropped: 0 };
}

/** One group per reading; answers that do not come out even are one reading with what is there. */
function groupsOf(answers: readonly string[], each: number): string[][] {
  if (answers.length % each !== 0) return [[...answers]];
  const groups: string[][] = [];
  for (let at = 0; at < answers.length; at += each) groups.push(answers.slice(at, at + each));
  return groups;
}
