import { decoded, mismatch, type Decoded } from "../decoded.ts";
import type { TftpOptionList } from "./packet.ts";

/** What both ends hold to during one transfer. */
export interface TransferTerms {
  /** Octets per block, 8–65464 (RFC 2348). */
  readonly blockSize: number;
  /** Blocks sent before an ACK is waited for, 1–65535 (RFC 7440). */
  readonly windowSize: number;
  /** Seconds the client asked the sender to wait before it sends again, 1–255 (RFC 2349). */
  readonly timeout?: number;
  /** Octets to come (RFC 2349). */
  readonly size?: number;
}

/** RFC 1350 without options. */
export const plainTerms: TransferTerms = { blockSize: 512, windowSize: 1 };

export interface TermLimits {
  readonly maxBlockSize: number;
  readonly maxWindowSize: number;
}

/**
 * The most a server offers: 1468 fills an Ethernet frame; larger blocks travel as fragments, which many
 * firewalls and phones drop. RFC 2348 and 7440 let a server answer with less than was asked.
 */
export const usualLimits: TermLimits = { maxBlockSize: 1468, maxWindowSize: 64 };

const names = { blockSize: "blksize", windowSize: "windowsize", timeout: "timeout", size: "tsize" } as const;

/** Digits only, within bounds; anything else is as good as absent. */
function whole(text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= min && number <= max ? number : undefined;
}

/** The first of each name counts (RFC 2347: an option is given once). */
function byName(options: TftpOptionList): Map<string, string> {
  return new Map(options.toReversed().map(([name, value]) => [name.toLowerCase(), value]));
}

/**
 * The server's side: what it agrees to, and the options of its OACK (none: send DATA at once, RFC 2347).
 * Unknown options and values out of bounds are left out of the OACK, which tells the client they are not taken.
 */
export function agreeOnOptions(
  asked: TftpOptionList,
  size: number,
  limits: TermLimits = usualLimits,
): { readonly terms: TransferTerms; readonly reply: TftpOptionList } {
  const options = byName(asked);
  const blockSize = whole(options.get(names.blockSize), 8, 65_464);
  const windowSize = whole(options.get(names.windowSize), 1, 65_535);
  const timeout = whole(options.get(names.timeout), 1, 255);
  const terms: TransferTerms = {
    blockSize: blockSize === undefined ? plainTerms.blockSize : Math.min(blockSize, limits.maxBlockSize),
    windowSize: windowSize === undefined ? plainTerms.windowSize : Math.min(windowSize, limits.maxWindowSize),
    ...(timeout === undefined ? {} : { timeout }),
    // curl takes `tsize 0` for an error and never begins; of an empty file nothing needs to be said.
    ...(options.has(names.size) && size > 0 ? { size } : {}),
  };
  const reply: [string, string][] = [];
  if (blockSize !== undefined) reply.push([names.blockSize, `${terms.blockSize}`]);
  if (timeout !== undefined) reply.push([names.timeout, `${timeout}`]);
  if (terms.size !== undefined) reply.push([names.size, `${size}`]);
  if (windowSize !== undefined) reply.push([names.windowSize, `${terms.windowSize}`]);
  return { terms, reply };
}

/** The options of a client's request; what is plain anyway is not asked for. */
export function askForOptions(wanted: Partial<TransferTerms>): TftpOptionList {
  const asked: [string, string][] = [];
  if (wanted.blockSize !== undefined) asked.push([names.blockSize, `${wanted.blockSize}`]);
  if (wanted.timeout !== undefined) asked.push([names.timeout, `${wanted.timeout}`]);
  if (wanted.size !== undefined) asked.push([names.size, "0"]);
  if (wanted.windowSize !== undefined) asked.push([names.windowSize, `${wanted.windowSize}`]);
  return asked;
}

/** The client's side: reads the OACK. A server may lower what was asked, and may not add or raise (RFC 2347, 2348, 7440). */
export function readOack(oack: TftpOptionList, wanted: Partial<TransferTerms>): Decoded<TransferTerms> {
  let terms = plainTerms;
  for (const [name, value] of byName(oack)) {
    const field = termOf(name);
    if (field === undefined || wanted[field] === undefined)
      return mismatch(`option ${name}`, "only options that were asked for", value);
    const number = readTerm(field, value, wanted[field]);
    if (number === undefined) return mismatch(`option ${name}`, `${wanted[field]} or less`, value);
    terms = { ...terms, [field]: number };
  }
  return decoded(terms);
}

function termOf(name: string): keyof TransferTerms | undefined {
  switch (name) {
    case names.blockSize:
      return "blockSize";
    case names.windowSize:
      return "windowSize";
    case names.timeout:
      return "timeout";
    case names.size:
      return "size";
    default:
      return undefined;
  }
}

function readTerm(field: keyof TransferTerms, value: string, wanted: number): number | undefined {
  switch (field) {
    case "blockSize":
      return whole(value, 8, wanted);
    case "windowSize":
      return whole(value, 1, wanted);
    case "timeout":
      return whole(value, wanted, wanted);
    case "size":
      return whole(value, 0, Number.MAX_SAFE_INTEGER);
  }
}
