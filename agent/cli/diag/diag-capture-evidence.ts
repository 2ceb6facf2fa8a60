import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../../../protocol/finding.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { openEvidence, type EvidenceKeeper, type KeptLook } from "../../capture/keep-evidence.ts";
import type { AgentIo } from "../../io/io.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { lookAll, type Look } from "../look.ts";
import type { LookWatch } from "./look-watch.ts";

/** Packets of one finding. */
export interface FindingEvidence {
  readonly rule: string;
  readonly subject: string;
  readonly file: string;
  readonly packets: number;
}

/** Host of a target such as `600@pbx.example:5060` or `https://pbx.example/x`; "" where there is none. */
function hostOf(target: string): string {
  const place = target
    .replace(/^\w+:\/\//u, "")
    .replace(/^.*@/u, "")
    .replace(/[/?;].*$/u, "");
  return /^\[(.*)\]/u.exec(place)?.[1] ?? (place.split(":").length > 2 ? place : place.replace(/:\d+$/u, ""));
}

/** One look; its packets are kept in the file where there is one. */
export async function lookWithEvidence(
  look: Look,
  file: unknown,
  context: CliContext,
): Promise<Observation[]> {
  if (typeof file !== "string") return lookAll([look], context);
  const evidence = await LookEvidence.inFile(file, context);
  try {
    return await lookAll([look], context, evidence);
  } finally {
    await evidence.end(context);
    evidence.tell(context);
  }
}

/** Several looks; `filesOf` writes a file per finding into the folder where there is one. */
export async function looksWithEvidence(
  looks: readonly Look[],
  folder: string | undefined,
  context: CliContext,
): Promise<{ observations: Observation[]; filesOf: (findings: readonly Finding[]) => FindingEvidence[] }> {
  if (folder === undefined) return { observations: await lookAll(looks, context), filesOf: () => [] };
  const evidence = await LookEvidence.inFolder(folder, context);
  try {
    const observations = await lookAll(looks, context, evidence);
    return { observations, filesOf: (findings) => evidence.filesOf(folder, findings) };
  } finally {
    await evidence.end(context);
  }
}

/** Keeps the packets of the looks of one command. */
class LookEvidence implements LookWatch {
  readonly #keeper: EvidenceKeeper;
  readonly #pathOf: (index: number) => string;
  readonly #kept: { readonly look: KeptLook; observations: readonly Observation[] }[] = [];
  readonly #byLook = new Map<Look, number>();

  private constructor(keeper: EvidenceKeeper, pathOf: (index: number) => string) {
    this.#keeper = keeper;
    this.#pathOf = pathOf;
  }

  /** All of them in this file: for one look. */
  static async inFile(path: string, context: CliContext): Promise<LookEvidence> {
    return new LookEvidence(await opened(context), () => path);
  }

  /** A folder that gets a file per finding. */
  static async inFolder(folder: string, context: CliContext): Promise<LookEvidence> {
    written(() => mkdirSync(folder, { recursive: true, mode: 0o700 }));
    return new LookEvidence(await opened(context), (index) => join(folder, `.look-${index}.pcap`));
  }

  async ioOf(look: Look, io: AgentIo): Promise<AgentIo> {
    const index = this.#kept.length;
    const kept = written(() => this.#keeper.keep(this.#pathOf(index), io));
    this.#kept.push({ look: kept, observations: [] });
    this.#byLook.set(look, index);
    const host = hostOf(look.target);
    // Who cannot be resolved has no packets; the look itself says so.
    const addresses = host === "" ? [] : await io.resolve(host).catch(() => []);
    for (const each of addresses) kept.touch(each);
    return kept.io;
  }

  done(look: Look, observations: readonly Observation[]): void {
    const kept = this.#kept[this.#byLook.get(look) ?? -1];
    if (kept !== undefined) kept.observations = observations;
  }

  /** All is in the files after this. */
  async end(context: CliContext): Promise<void> {
    await this.#keeper.close();
    if (this.#keeper.dropped > 0)
      context.say(
        `The capture was too slow for ${counted(this.#keeper.dropped)}: they are missing in the evidence.`,
      );
  }

  tell(context: CliContext): void {
    for (const { look } of this.#kept) context.say(`${look.path} has ${counted(look.count)}${this.#kind()}.`);
  }

  /** Each finding gets a file with the packets of the looks that it rests on; those of no finding go. */
  filesOf(folder: string, findings: readonly Finding[]): FindingEvidence[] {
    const files = findings.flatMap((finding, index) => {
      const proof = new Set(finding.because);
      const looks = this.#kept
        .filter(
          ({ look, observations }) =>
            look.count > 0 &&
            // What a host is or has, no packet shows: those of its look are paced for its timers.
            observations.some((each) => proof.has(each) && !each.subject.startsWith("host:")),
        )
        .map(({ look }) => look);
      if (looks.length === 0) return [];
      const file = join(folder, `${index + 1}-${finding.rule}-${finding.cause}.pcap`);
      written(() => joinFiles(file, looks));
      const packets = looks.reduce((sum, { count }) => sum + count, 0);
      return [{ rule: finding.rule, subject: finding.subject, file, packets }];
    });
    for (const { look } of this.#kept) rmSync(look.path, { force: true });
    return files;
  }

  #kind(): string {
    return this.#keeper.noCapture === undefined ? "" : ", as the probe's own sockets saw them";
  }
}

async function opened(context: CliContext): Promise<EvidenceKeeper> {
  const keeper = await openEvidence();
  if (keeper.noCapture !== undefined)
    context.say(
      `--evidence: the wire cannot be captured here (${keeper.noCapture}). What the probe's own sockets send and get is kept instead, with headers made for it; audio that it sends, SNMP, TFTP and HTTP fetches, ICMP and fragments are missing. Root, or CAP_NET_RAW, gives the packets themselves.`,
    );
  return keeper;
}

/** Captures of one link type, one behind the other. */
function joinFiles(path: string, looks: readonly KeptLook[]): void {
  const file = openSync(path, "w", 0o600);
  chmodSync(path, 0o600);
  for (const [index, look] of looks.entries()) {
    const octets = readFileSync(look.path);
    writeSync(file, index === 0 ? octets : octets.subarray(pcapHead));
  }
  closeSync(file);
}

/** Octets of a pcap's head. */
const pcapHead = 24;

/** Lines for a person: what proves each finding. */
export function evidenceLines(files: readonly FindingEvidence[]): string[] {
  return files.map(({ rule, file, packets }) => `Evidence of ${rule}: ${counted(packets)} in ${file}`);
}

const counted = (packets: number) => `${packets} packet${packets === 1 ? "" : "s"}`;

function written<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new CliError(
      exitCodes.usage,
      `--evidence: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
