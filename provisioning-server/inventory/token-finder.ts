import { deviceToken } from "../answer/device-token.ts";
import type { Devices } from "../store/devices.ts";

/**
 * Whose token it is, for files whose name tells no MAC. Tokens are computed, not stored: each is made once, and all are
 * looked over again when the phones have changed, so that a change holds at once.
 */
export class TokenFinder {
  readonly #key: Uint8Array;
  #made = new Map<string, string>();
  #macs = new Map<string, string>();
  #mark: string | undefined;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** `mark`: another text whenever a phone came, went or got a new token. */
  async macOf(devices: Devices, token: string, mark: string): Promise<string | undefined> {
    if (mark !== this.#mark) {
      this.#lookOver(await devices.generations());
      this.#mark = mark;
    }
    return this.#macs.get(token);
  }

  #lookOver(phones: Awaited<ReturnType<Devices["generations"]>>): void {
    const made = new Map<string, string>();
    const macs = new Map<string, string>();
    for (const { mac, tokenGeneration } of phones) {
      const name = `${mac} ${tokenGeneration}`;
      const token = this.#made.get(name) ?? deviceToken(this.#key, mac, tokenGeneration);
      made.set(name, token);
      macs.set(token, mac);
    }
    this.#made = made;
    this.#macs = macs;
  }
}
