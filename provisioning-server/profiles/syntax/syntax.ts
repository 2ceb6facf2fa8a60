import type { TSchema } from "typebox";
import type { Decoded } from "../../../protocol/decoded.ts";

/** One vendor key with its value. An empty value clears the key, the way the syntax does it. */
export interface Pair {
  readonly key: string;
  readonly value: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A pair that the syntax cannot carry: which one, and the limit in words ("one line of text"). Never the value. */
export interface Refusal {
  readonly index: number;
  readonly limit: string;
}

export interface Written {
  readonly body: string;
  /** Per pair, the 1-based line it stands on; 0 where it was refused or the syntax has no lines. */
  readonly lines: readonly number[];
  readonly refused: readonly Refusal[];
}

/** A way to write pairs down. The only place that escapes. What `write` carries, `read` gives back unchanged. */
export interface Syntax {
  readonly name: string;
  /** What vendor.json may say in `syntax.options`. */
  readonly options: TSchema;
  write(pairs: readonly Pair[], options: Readonly<Record<string, unknown>>): Written;
  /** Strict: what `write` would not have written is refused. */
  read(body: string, options: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]>;
}
