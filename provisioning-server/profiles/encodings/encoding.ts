import type { PhoneModel } from "../phone-model.ts";

/** What an encoding may look at. Everything is handed in: same input, same output. */
export interface EncodingInput {
  /** A setting by path; undefined where nobody set it and it has no default. */
  readonly setting: (path: string) => unknown;
  /** The entry's `map`: neutral word to vendor word. */
  readonly words: ReadonlyMap<string, string>;
  readonly model: PhoneModel;
  /** The device's accounts that fit on the model, for what tells of all of them at once (line keys). */
  readonly accounts?: readonly { readonly index: number; readonly setting: (path: string) => unknown }[];
  /** Wall clock, ms: which year's daylight-saving rule holds. */
  readonly at: number;
}

/** Parts by name (`{name}` in the entry's key), or why the vendor cannot say it. */
export type Encoded =
  | {
      readonly ok: true;
      /** `setting`: which setting this part carries, where it is not the encoding's first. */
      readonly parts: readonly { readonly name: string; readonly value: string; readonly setting?: string }[];
      /** Sentences on what was left out or made coarser. */
      readonly notes?: readonly string[];
    }
  | { readonly ok: false; readonly limit: string };

/** What a map cannot say: time zones, dial plans, codec tables. One file each, listed once in list.ts. */
export interface Encoding {
  readonly name: string;
  /** Settings it reads; the first one is what provenance names. */
  readonly settings: readonly string[];
  encode(input: EncodingInput): Encoded;
  /**
   * Backwards, for `profile read`: the settings that these parts of one turn tell, by path, or undefined where they tell
   * none. May be left out: the keys then stay raw.
   */
  decode?(
    parts: readonly { readonly name: string; readonly value: string }[],
    about: Pick<EncodingInput, "words" | "model">,
  ): Readonly<Record<string, unknown>> | undefined;
}
