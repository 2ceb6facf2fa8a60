import { randomBytes } from "node:crypto";

/**
 * A UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random bits, so that ids sort by the time they were
 * made and need no sequence of the database. `at` is ms since 1970; `random` gives the 10 octets after the time.
 */
export function uuidV7(at: number, random: Uint8Array = randomBytes(10)): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.max(0, Math.floor(at)), 0, 6);
  bytes.set(random.subarray(0, 10), 6);
  // Version and variant bits, over the random ones.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * Ids that sort in the order they were made, within one millisecond and when the clock steps back as well: the 12 bits
 * after the time count (RFC 9562 section 6.2, method 1).
 */
export function uuidV7Sequence(): (at: number) => string {
  let last = 0;
  let count = 0;
  return (at) => {
    count = at > last ? 0 : count + 1;
    last = Math.max(last, at);
    if (count > 0xfff) {
      last += 1;
      count = 0;
    }
    const bits = randomBytes(10);
    bits.writeUInt16BE(count, 0);
    return uuidV7(last, bits);
  };
}
