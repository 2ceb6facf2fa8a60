import { keyValue } from "./key-value.ts";
import { lpconfig } from "./lpconfig.ts";
import type { Syntax } from "./syntax.ts";

/** Every syntax; a new one is a file and a line here. */
export const syntaxes: readonly Syntax[] = [keyValue, lpconfig];

const byName = new Map(syntaxes.map((syntax) => [syntax.name, syntax]));

export function findSyntax(name: string): Syntax | undefined {
  return byName.get(name);
}
