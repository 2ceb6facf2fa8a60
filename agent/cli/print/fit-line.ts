import { stripVTControlCharacters } from "node:util";

/** The words of a text in lines of at most so many columns (a longer word stays whole); all but the first are indented. */
export function wrapWords(text: string, indent: string, width: number, lead = indent.length): string[] {
  const lines: string[] = [];
  let line = "";
  let used = lead;
  for (const word of text.split(" ")) {
    if (line !== "" && used + columns(line) + 1 + columns(word) > width) {
      lines.push(line);
      line = word;
      used = indent.length;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each, number) => (number === 0 ? each : indent + each));
}

/**
 * One line of output as a terminal of that width shows it best: broken between words, what follows below the value of
 * `label   value`. Rows of tables (more than one gap) stay whole, as does all where no width is known.
 */
export function fitLine(line: string, width: number | undefined): string[] {
  if (width === undefined || columns(line) <= width) return [line];
  const [lead = ""] = /^\s*/.exec(line) ?? [];
  const gaps = line.slice(lead.length).match(/\S {2,}(?=\S)/g)?.length ?? 0;
  if (gaps > 1) return [line];
  const label = /^\s*\S.*? {2,}(?=\S)/.exec(line)?.[0] ?? lead;
  const under = gaps === 1 && label.length <= 26 ? label.length : lead.length + 2;
  const [first = "", ...rest] = wrapWords(line.slice(label.length), " ".repeat(under), width, label.length);
  return [label + first, ...rest];
}

function columns(text: string): number {
  return stripVTControlCharacters(text).length;
}
