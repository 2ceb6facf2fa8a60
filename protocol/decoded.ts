/** Why bytes or text were not taken: the place, what was expected there, and what stood there. */
export interface Mismatch {
  /** Where: an offset (`byte 4`), a line (`line 3`), a path (`/lines/0/user`). */
  readonly place: string;
  readonly expected: string;
  readonly found: string;
}

/** The result of every `decodeX`: it never throws (house rule: the name tells the error contract). */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: Mismatch };

export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value };
}

export function mismatch(place: string, expected: string, found: string): { ok: false; why: Mismatch } {
  return {
    ok: false,
    why: { place, expected, found: found.length > 80 ? `${found.slice(0, 77)}...` : found },
  };
}

/** One sentence for people: "byte 4: expected a version, found 0x03". */
export function mismatchSentence(why: Mismatch): string {
  return `${why.place}: expected ${why.expected}, found ${why.found}`;
}
