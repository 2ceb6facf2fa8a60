// A far end that only echoes audio makes new RTP headers, so that our packets are known again by their payload alone:
// sixteen octets of each G.711 frame carry a pattern and a number. All of them come back unchanged from decoding and
// encoding by the same law; a far end that transcodes destroys them.

const pattern = Uint8Array.of(0x10, 0x90, 0x11, 0x91, 0x12, 0x92, 0x13, 0x93);
const digits = 8;
/** Octets that the mark takes at the start of a payload. */
export const markLength = pattern.length + digits;

/** Writes the mark with this number (32 bits) over the start of a payload of at least `markLength` octets. */
export function markPayload(payload: Uint8Array, number: number): void {
  payload.set(pattern);
  for (let i = 0; i < digits; i += 1) {
    payload[pattern.length + i] = 0x20 + ((number >>> (28 - 4 * i)) & 0x0f);
  }
}

/** A mark and where it starts. */
export interface FoundMark {
  readonly at: number;
  readonly number: number;
}

/** All whole marks in these octets; a buffer at the far end may have moved them away from the packet's start. */
export function findMarks(octets: Uint8Array): FoundMark[] {
  const found: FoundMark[] = [];
  let at = octets.indexOf(pattern[0] ?? 0);
  while (at !== -1 && at + markLength <= octets.length) {
    const number = readMark(octets, at);
    if (number !== undefined) found.push({ at, number });
    at = octets.indexOf(pattern[0] ?? 0, at + (number === undefined ? 1 : markLength));
  }
  return found;
}

function readMark(octets: Uint8Array, at: number): number | undefined {
  if (pattern.some((octet, i) => octets[at + i] !== octet)) return undefined;
  let number = 0;
  for (let i = 0; i < digits; i += 1) {
    const digit = (octets[at + pattern.length + i] ?? 0) - 0x20;
    if (digit < 0 || digit > 15) return undefined;
    number = number * 16 + digit;
  }
  return number;
}
