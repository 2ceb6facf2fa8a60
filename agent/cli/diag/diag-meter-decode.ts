import type { Command } from "commander";
import { type Chip } from "../../meters/chips/chip.ts";
import { chips } from "../../meters/chips/list.ts";
import { decodeRecording, type Recording } from "../../meters/decode-recording.ts";
import { decimalText } from "../../meters/exact.ts";
import { chipOf, loadMeters, type Meter } from "../../meters/meter.ts";
import type { Flag, Reading } from "../../meters/reading.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { linesOf } from "../phone/lines-of.ts";

interface DecodeFlags {
  readonly stdin?: true;
  readonly meter?: string;
  readonly chip?: string;
}

/** `offhook diag meter decode`: octets of a meter to what they say, without the meter. */
export function addDecode(verb: Command, context: CliContext): void {
  verb
    .command("decode")
    .description("decode octets that a meter sent, from a recording or another tool")
    .argument("[hex...]", "the octets, where they do not come from stdin")
    .option("--stdin", 'read JSON lines {"meter" or "chip", "hex"} and write one JSON line each')
    .option("--meter <id>", "the meter, for octets on the command line")
    .option("--chip <name>", "or its chip")
    .addHelpText(
      "after",
      `\nChips: ${chips.map(({ name }) => name).join(", ")}\n\nExamples:\n  offhook diag meter decode --chip es51922 32 30 35 33 30 30 3b 30 30 30 3a 30 0d 0a\n  offhook diag meter decode --stdin < frames.jsonl\n`,
    )
    .action(async (hex: string[], _: unknown, command: Command) => {
      // The verb above has a --meter too: both are looked at.
      const flags: DecodeFlags = { ...given(verb), ...command.opts<DecodeFlags>() };
      const decoder = createFrameDecoder();
      if (flags.stdin === true) await decodeStdin(decoder, context);
      else decodeArguments(decoder, hex, flags, context);
    });
}

/** What a person gave the verb above, without its defaults. */
function given(verb: Command): DecodeFlags {
  return verb.getOptionValueSource("meter") === "cli" ? { meter: verb.opts<DecodeFlags>().meter ?? "" } : {};
}

const mostLine = 1_000_000;

async function decodeStdin(decoder: FrameDecoder, context: CliContext): Promise<void> {
  let batch: string[] = [];
  let size = 0;
  const flush = () => {
    if (batch.length > 0) context.out(batch.join("\n"));
    batch = [];
    size = 0;
  };
  for await (const lines of linesOf(context.stdin, mostLine)) {
    for (const line of lines) {
      const text = JSON.stringify(
        line === undefined ? { error: `a line of over ${mostLine} characters` } : decoder.line(line),
      );
      batch.push(text);
      size += text.length;
      if (size > 65_536) flush();
    }
    // Whoever sends one line and waits for its answer gets it.
    flush();
    if (context.signal.aborted) return;
  }
  flush();
  context.end(exitCodes.done);
}

function decodeArguments(
  decoder: FrameDecoder,
  hex: readonly string[],
  flags: DecodeFlags,
  context: CliContext,
): void {
  if (hex.length === 0) throw new CliError(exitCodes.usage, "no octets: give them as hex, or --stdin");
  const { meter, chip } = flags;
  const found = decoder.frame({ meter, chip, hex: hex.join(" ") });
  context.out(JSON.stringify(found));
  context.end("error" in found ? exitCodes.problemFound : exitCodes.done);
}

/** What one line of octets came to. */
export type DecodedFrame =
  | { readonly error: string }
  | {
      readonly quantity: string;
      /** A decimal number in base units; null on overload or where there is no number. */
      readonly value: string | null;
      readonly unit: string;
      readonly overload: string;
      readonly flags: Readonly<Record<string, boolean | null>>;
      readonly [more: string]: unknown;
    };

interface FrameDecoder {
  /** @param text one JSON object. */
  line(text: string): DecodedFrame;
  frame(asked: Readonly<Record<string, unknown>>): DecodedFrame;
}

/** Decodes lines one by one, each by its own meter or chip. */
export function createFrameDecoder(): FrameDecoder {
  let meters: ReadonlyMap<string, Meter> | undefined;
  const known = new Map<string, Chip>();
  const meterChip = (id: string): Chip | undefined => {
    meters ??= loadMeters();
    const found = meters.get(id);
    return found === undefined ? undefined : chipOf(found);
  };
  const find = (kind: "meter" | "chip", name: string): Chip | undefined => {
    const key = `${kind} ${name}`;
    const chip =
      known.get(key) ?? (kind === "meter" ? meterChip(name) : chips.find((each) => each.name === name));
    if (chip !== undefined) known.set(key, chip);
    return chip;
  };
  const frame = (asked: Readonly<Record<string, unknown>>): DecodedFrame => {
    const kind = typeof asked.meter === "string" ? "meter" : "chip";
    const name = asked[kind];
    if (typeof name !== "string") return { error: 'expected "meter" or "chip", found neither' };
    const chip = find(kind, name);
    if (chip === undefined) return { error: unknownName(kind, name) };
    const bytes = octetsOf(asked.hex);
    return typeof bytes === "string" ? { error: bytes } : decodedFrame(decodeRecording(chip, bytes));
  };
  return {
    frame,
    line(text) {
      let asked: unknown;
      try {
        asked = JSON.parse(text);
      } catch {
        return { error: `expected one JSON object, found ${text.slice(0, 80)}` };
      }
      if (typeof asked !== "object" || asked === null || Array.isArray(asked))
        return { error: `expected one JSON object, found ${text.slice(0, 80)}` };
      return frame(asked as Record<string, unknown>);
    },
  };
}

function unknownName(kind: "meter" | "chip", name: string): string {
  const all = kind === "chip" ? `: ${chips.map((chip) => chip.name).join(", ")}` : "";
  return `no ${kind} ${JSON.stringify(name.slice(0, 60))}${all}`;
}

/** Octets as hex, blanks, commas or colons between them or none. @returns a sentence where it is none. */
function octetsOf(hex: unknown): Uint8Array | string {
  if (typeof hex !== "string") return 'expected "hex", a string of octets';
  const digits = hex.replaceAll(/[\s,:]+/g, "");
  if (digits === "") return 'expected octets in "hex", found none';
  if (!/^[0-9a-fA-F]+$/.test(digits))
    return `expected hexadecimal digits, found ${JSON.stringify(hex.slice(0, 60))}`;
  if (digits.length % 2 !== 0) return `expected two digits per octet, found ${digits.length} digits`;
  return Buffer.from(digits, "hex");
}

/** The first reading; further ones of the same octets under `more`, and what was refused beside it under `bad`. */
function decodedFrame({ readings, bad, dropped }: Recording): DecodedFrame {
  const [first, ...more] = readings;
  if (first === undefined) return { error: bad[0] ?? "no reading" };
  return {
    ...jsonOf(first),
    ...(more.length === 0 ? {} : { more: more.map(jsonOf) }),
    ...(bad.length === 0 ? {} : { bad }),
    ...(dropped === 0 ? {} : { dropped }),
  };
}

const flag = (value: Flag) => value ?? null;

function jsonOf(reading: Reading) {
  const { coupling, modes, afterResync, facts } = reading;
  const known = coupling !== "unknown";
  return {
    quantity: reading.quantity,
    value: reading.value === null ? null : decimalText(reading.value),
    unit: reading.unit,
    overload: reading.overload,
    flags: {
      auto: flag(reading.auto),
      hold: flag(reading.hold),
      min: flag(reading.min),
      max: flag(reading.max),
      rel: flag(reading.relative),
      lowBattery: flag(reading.lowBattery),
      dc: known ? coupling !== "ac" : null,
      ac: known ? coupling !== "dc" : null,
    },
    ...(modes.length === 0 ? {} : { modes }),
    ...(afterResync ? { afterResync } : {}),
    ...(facts === undefined ? {} : { facts: Object.fromEntries(facts) }),
  };
}
