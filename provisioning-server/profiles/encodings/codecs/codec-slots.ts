import { codecChoice } from "./codec-choice.ts";
import type { Encoding } from "../encoding.ts";

const slots = [1, 2, 3, 4, 5, 6, 7, 8];

/**
 * `codec-slot-1` to `codec-slot-8`: the codec of one place, for phones with a key per place. A place with no codec of its own
 * repeats the last one, or is what the word `@free` says: left out, it would keep the codec of an older config.
 */
export const codecSlots: readonly Encoding[] = slots.map((slot) => ({
  name: `codec-slot-${slot}`,
  settings: ["line.codecs"],
  encode(input) {
    const { wanted, notes } = codecChoice(input);
    const codec = wanted[slot - 1] ?? wanted.at(-1);
    if (codec === undefined) return { ok: false, limit: "at least one codec that the model has" };
    const free = slot > wanted.length ? input.words.get("@free") : undefined;
    return { ok: true, parts: [{ name: "", value: free ?? input.words.get(codec) ?? codec }], notes };
  },
}));
