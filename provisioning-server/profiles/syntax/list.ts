import { cnfLines } from "./cnf-lines.ts";
import { colonLines } from "./colon-lines.ts";
import { elementTree } from "./element-tree.ts";
import { fanvilText } from "./fanvil-text.ts";
import { fanvilXml } from "./fanvil-xml.ts";
import { iniLines } from "./ini-lines.ts";
import { javaProperties } from "./java-properties.ts";
import { keyValue } from "./key-value.ts";
import { lpconfig } from "./lpconfig.ts";
import { parameterList } from "./parameter-list.ts";
import { pValues } from "./p-values.ts";
import { quotedLines } from "./quoted-lines.ts";
import { setLines } from "./set-lines.ts";
import type { Syntax } from "./syntax.ts";
import { xmlAttributes } from "./xml-attributes.ts";
import { xmlItems } from "./xml-items.ts";
import { xmlSettings } from "./xml-settings.ts";

/** Every syntax; a new one is a file and a line here. */
export const syntaxes: readonly Syntax[] = [
  fanvilText,
  fanvilXml,
  pValues,
  cnfLines,
  colonLines,
  elementTree,
  iniLines,
  javaProperties,
  keyValue,
  lpconfig,
  quotedLines,
  setLines,
  parameterList,
  xmlAttributes,
  xmlItems,
  xmlSettings,
];

const byName = new Map(syntaxes.map((syntax) => [syntax.name, syntax]));

export function findSyntax(name: string): Syntax | undefined {
  return byName.get(name);
}
