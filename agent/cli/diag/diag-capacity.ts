import { Option, type Command } from "commander";
import {
  capacityFor,
  codecRates,
  registrationLoad,
  type CapacityOrder,
  type CodecName,
} from "../../../protocol/capacity.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { observerOf } from "../../../protocol/observe.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { exitCodeOf, judge } from "../look.ts";
import { printFindings } from "../print/print-findings.ts";

interface CapacityFlags {
  readonly calls: string;
  readonly codec: CodecName;
  readonly packetTime: string;
  readonly srtp?: true;
  readonly rtcpMux?: true;
  readonly anchored: boolean;
  readonly phones?: string;
  readonly expiry: string;
  readonly keepAlive: string;
  readonly line?: string;
  readonly json?: true;
}

/** `offhook diag capacity`: what so many calls take; it looks at nothing. */
export function addCapacity(diag: Command, context: CliContext): void {
  diag
    .command("capacity")
    .description("how much line, how many RTP ports and packets a number of calls takes: arithmetic alone")
    .requiredOption("--calls <n>", "calls at once")
    .addOption(
      new Option("--codec <name>", "codec of the calls").choices(Object.keys(codecRates)).default("g711"),
    )
    .option("--packet-time <ms>", "milliseconds of sound in a packet", "20")
    .option("--srtp", "media is encrypted")
    .option("--rtcp-mux", "RTCP shares the port of RTP")
    .option("--no-anchored", "phones send media to each other, not through the server")
    .option("--phones <n>", "phones that register, for the load of REGISTER and keep-alive")
    .option("--expiry <seconds>", "expiry of registrations", "3600")
    .option("--keep-alive <seconds>", "how often phones keep their port open", "25")
    .option("--line <kbit>", "kbit/s of the line in its slower direction, to judge whether that is enough")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  offhook diag capacity --calls 30 --codec g722 --phones 200\n")
    .action((flags: CapacityFlags) => {
      const numbers = readNumbers(flags);
      const observations = observeLine(flags, numbers);
      const { findings } = judge(observations);
      const judged = flags.line === undefined ? {} : { observations, findings };
      if (flags.json === true) context.out(JSON.stringify({ ...numbers, ...judged }));
      else {
        for (const line of linesOf(flags, numbers)) context.out(line);
        if (findings.length > 0) context.out("");
        for (const line of printFindings(context.style, findings, context.width)) context.out(line);
      }
      context.end(observations.length === 0 ? exitCodes.done : exitCodeOf(findings, observations));
    });
}

/** What rules C5 and C6 weigh; nothing where nobody says how large the line is. */
function observeLine(
  flags: CapacityFlags,
  { lineMegabits }: { readonly lineMegabits: number },
): Observation[] {
  if (flags.line === undefined) return [];
  const observe = observerOf("capacity", "path:line", Date.now());
  const g711 = capacityFor({ ...orderFrom(flags), codec: "g711" });
  return [
    observe("line.kbps", countFrom("--line", flags.line)),
    observe("line.calls", countFrom("--calls", flags.calls)),
    observe("line.codec", flags.codec),
    observe("line.need", Math.ceil(lineMegabits * 1000)),
    observe("line.need.g711", Math.ceil(g711.lineMegabits * 1000)),
  ];
}

function orderFrom(flags: CapacityFlags): CapacityOrder {
  return {
    calls: countFrom("--calls", flags.calls),
    codec: flags.codec,
    packetTime: countFrom("--packet-time", flags.packetTime),
    srtp: flags.srtp === true,
    rtcpMux: flags.rtcpMux === true,
    anchored: flags.anchored,
  };
}

function readNumbers(flags: CapacityFlags) {
  const capacity = capacityFor(orderFrom(flags));
  if (flags.phones === undefined) return { ...capacity };
  const expiry = countFrom("--expiry", flags.expiry);
  const keepAlive = countFrom("--keep-alive", flags.keepAlive);
  return { ...capacity, ...registrationLoad(countFrom("--phones", flags.phones), expiry, keepAlive) };
}

function countFrom(option: string, text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new CliError(exitCodes.usage, `${option}: expected a whole number above 0, found ${text}`);
}

function linesOf(flags: CapacityFlags, numbers: ReturnType<typeof readNumbers>): string[] {
  const row = (label: string, value: string) => `${label.padEnd(22)} ${value}`;
  const one = (value: number) => String(Math.round(value * 10) / 10);
  return [
    row(
      "one call, each way",
      `${one(numbers.kilobitsPerCall)} kbit/s on Ethernet, ${one(numbers.packetsPerSecond)} packets/s of ${numbers.packetBytes} bytes`,
    ),
    row(
      `line for ${flags.calls} calls`,
      `${one(numbers.lineMegabits)} Mbit/s in the slower direction, a quarter of it left free`,
    ),
    row("RTP ports", `${numbers.ports}, with a fifth to spare ${numbers.portsWithSpare}`),
    row("through the server", `${one(numbers.serverPacketsPerSecond)} packets/s`),
    ...("registersPerSecond" in numbers
      ? [
          row(
            "registrations",
            `${one(numbers.registersPerSecond)} REGISTER/s, ${one(numbers.keepAlivesPerSecond)} keep-alives/s`,
          ),
        ]
      : []),
  ];
}
