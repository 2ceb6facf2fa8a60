import { decoded, mismatch, type Decoded } from "../decoded.ts";

// TFTP packets (RFC 1350 section 5, options RFC 2347):
//
//   RRQ/WRQ  | 1/2 | file 0 | mode 0 | option 0 | value 0 | …      DATA  | 3 | block | 0…65464 octets |
//   ACK      | 4 | block |      ERROR  | 5 | code | message 0 |      OACK  | 6 | option 0 | value 0 | …
//
// Opcode, block and code are 16 bits, big-endian. Text is read as latin-1, so that every octet survives a round trip.

/** In the order they came; names as they were written (RFC 2347: compare without case). */
export type TftpOptionList = readonly (readonly [name: string, value: string])[];

export interface TftpRequest {
  readonly op: "rrq" | "wrq";
  readonly file: string;
  readonly mode: string;
  readonly options: TftpOptionList;
}

export type TftpPacket =
  | TftpRequest
  | { readonly op: "data"; readonly block: number; readonly data: Uint8Array }
  | { readonly op: "ack"; readonly block: number }
  | { readonly op: "error"; readonly code: number; readonly message: string }
  | { readonly op: "oack"; readonly options: TftpOptionList };

/** Error codes of RFC 1350 and RFC 2347. */
export const tftpErrors = {
  notDefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  diskFull: 3,
  illegalOperation: 4,
  unknownTransfer: 5,
  fileExists: 6,
  noSuchUser: 7,
  optionRefused: 8,
} as const;

const opcodes = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;
const maxOptions = 32;

/** `data` of the result is a view into `bytes`. */
export function decodeTftp(bytes: Uint8Array): Decoded<TftpPacket> {
  if (bytes.length < 4) return mismatch("packet", "4 octets or more", `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const second = view.getUint16(2);
  switch (view.getUint16(0)) {
    case opcodes.rrq:
      return decodeRequest("rrq", bytes);
    case opcodes.wrq:
      return decodeRequest("wrq", bytes);
    case opcodes.data:
      return decoded({ op: "data", block: second, data: bytes.subarray(4) });
    case opcodes.ack:
      // Octets behind the block number are ignored: some boot loaders send their whole buffer.
      return decoded({ op: "ack", block: second });
    case opcodes.error:
      return decoded({ op: "error", code: second, message: looseText(bytes, 4) });
    case opcodes.oack:
      return decodeOack(bytes);
    default:
      return mismatch("byte 0", "an opcode of 1 to 6", `${view.getUint16(0)}`);
  }
}

function decodeRequest(op: "rrq" | "wrq", bytes: Uint8Array): Decoded<TftpPacket> {
  const words = splitWords(bytes);
  if (!words.ok) return words;
  const [file, mode, ...rest] = words.value;
  if (file === undefined || mode === undefined)
    return mismatch("packet", "a file name and a mode, each ended by NUL", `${words.value.length} of them`);
  const options = pairOptions(rest);
  return options.ok ? decoded({ op, file, mode, options: options.value }) : options;
}

function decodeOack(bytes: Uint8Array): Decoded<TftpPacket> {
  const words = splitWords(bytes);
  if (!words.ok) return words;
  const options = pairOptions(words.value);
  return options.ok ? decoded({ op: "oack", options: options.value }) : options;
}

/** The NUL-ended words behind the opcode. */
function splitWords(bytes: Uint8Array): Decoded<string[]> {
  const words: string[] = [];
  let start = 2;
  while (start < bytes.length) {
    const end = bytes.indexOf(0, start);
    if (end < 0) return mismatch(`byte ${bytes.length}`, "NUL behind the last word", "the end");
    if (words.length >= 2 + 2 * maxOptions)
      return mismatch(`byte ${start}`, `at most ${maxOptions} options`, "more");
    words.push(latin1(bytes.subarray(start, end)));
    start = end + 1;
  }
  return decoded(words);
}

function pairOptions(words: readonly string[]): Decoded<TftpOptionList> {
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at] ?? "";
    const value = words[at + 1];
    if (value === undefined) return mismatch(`option ${name}`, "a value", "the end");
    pairs.push([name, value]);
  }
  return decoded(pairs);
}

/** Text up to NUL or, where a peer forgot it, to the end. */
function looseText(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(0, start);
  return latin1(bytes.subarray(start, end < 0 ? bytes.length : end));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

export function encodeTftp(packet: TftpPacket): Uint8Array {
  switch (packet.op) {
    case "rrq":
    case "wrq":
      return withWords(opcodes[packet.op], [packet.file, packet.mode, ...packet.options.flat()]);
    case "data":
      return encodeData(packet.block, packet.data);
    case "ack":
      return withNumber(opcodes.ack, packet.block, 0);
    case "error": {
      const text = Buffer.from(`${packet.message}\0`, "latin1");
      const bytes = withNumber(opcodes.error, packet.code, text.length);
      bytes.set(text, 4);
      return bytes;
    }
    case "oack":
      return withWords(opcodes.oack, packet.options.flat());
  }
}

function encodeData(block: number, data: Uint8Array): Uint8Array {
  const bytes = withNumber(opcodes.data, block, data.length);
  bytes.set(data, 4);
  return bytes;
}

/** Octets in front of the data of a block. */
export const dataHeaderLength = 4;

/** Writes the header of a DATA packet into a buffer that is used again and again. `block` is taken modulo 65536. */
export function writeDataHeader(into: Uint8Array, at: number, block: number): void {
  into[at] = 0;
  into[at + 1] = opcodes.data;
  into[at + 2] = block >> 8;
  into[at + 3] = block;
}

/** The block of an ACK, or -1 for any other packet: most of what a server hears is this. */
export function tryReadAck(bytes: Uint8Array): number {
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== opcodes.ack) return -1;
  return ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
}

function withNumber(opcode: number, number: number, room: number): Uint8Array {
  const bytes = new Uint8Array(4 + room);
  bytes[1] = opcode;
  bytes[2] = number >> 8;
  bytes[3] = number;
  return bytes;
}

function withWords(opcode: number, words: readonly string[]): Uint8Array {
  return Buffer.from(
    `\0${String.fromCharCode(opcode)}${words.map((word) => `${word}\0`).join("")}`,
    "latin1",
  );
}
