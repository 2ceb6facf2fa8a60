import { createCipheriv } from "node:crypto";

const block = 16;

/**
 * AES-128 in counter mode (RFC 3711 4.1.1), its key set once: one cipher object encrypts the counters of all packets, as a
 * new object for each packet costs more than the packet.
 */
export class AesCounter {
  readonly #cipher;
  #counters = Buffer.alloc(0);

  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  }

  /** The first `length` octets of the key stream from this 16-octet start value on, whose last two octets are the counter. */
  stream(start: Uint8Array, length: number): Uint8Array {
    const blocks = Math.ceil(length / block);
    if (this.#counters.length < blocks * block) this.#counters = Buffer.alloc(blocks * block);
    for (let i = 0; i < blocks; i += 1) {
      this.#counters.set(start, i * block);
      this.#counters.writeUInt16BE(i, i * block + 14);
    }
    return this.#cipher.update(this.#counters.subarray(0, blocks * block)).subarray(0, length);
  }

  /** Encrypts (or decrypts) in place, from `from` up to `to`. */
  apply(start: Uint8Array, bytes: Uint8Array, from: number, to: number): void {
    if (to <= from) return;
    const stream = this.stream(start, to - from);
    for (let i = from; i < to; i += 1) bytes[i] = (bytes[i] ?? 0) ^ (stream[i - from] ?? 0);
  }
}
