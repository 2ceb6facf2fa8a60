import type { TestContext } from "node:test";

/** A repeatable generator (mulberry32) of 0 ≤ x < 1; its seed is printed, and OFFHOOK_SEED sets it. */
export function seededRandom(t: Pick<TestContext, "diagnostic">): () => number {
  let state = Number(process.env.OFFHOOK_SEED ?? Date.now() % 0x7fffffff);
  t.diagnostic(`seed ${state}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Fewer than `limit` random octets. */
export function randomBytes(random: () => number, limit: number): Uint8Array {
  return Uint8Array.from({ length: Math.floor(random() * limit) }, () => Math.floor(random() * 256));
}
