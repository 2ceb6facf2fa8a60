import { keyValue } from "./key-value.ts";
import { lpconfig } from "./lpconfig.ts";
import type { Syntax } from "./syntax.ts";
import { xmlAttributes } from "./xml-attributes.ts";
import { xmlSettings } from "./xml-settings.ts";

/** Every syntax; a new one is a file and a line here. */
export const syntaxes: readonly Syntax[] = [keyValue, lpconfig, xmlAttributes, xmlSettings];

const byName = new Map(syntaxes.map((syntax) => [syntax.name, syntax]));

export function findSyntax(name: string): Syntax | undefined {
  return byName.get(name);
}
