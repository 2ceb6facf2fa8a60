import { readFileSync } from "node:fs";

/** The text of a page, by its path from the project's folder. */
export function readPage(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

/** What stands between `<!-- name:begin -->` and `<!-- name:end -->`. @throws when the marks are not there */
export function marked(page: string, name: string): string {
  const [, rest] = page.split(`<!-- ${name}:begin -->`);
  const [inner, after] = rest?.split(`<!-- ${name}:end -->`) ?? [];
  if (inner === undefined || after === undefined) throw new Error(`the page has no marks ${name}`);
  return inner;
}

/** Rows of the first table in a text, by the table's heads; code marks are left in. */
export function tableOf(text: string): Map<string, string>[] {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, at) => at > first && !line.startsWith("|"));
  const rows = lines.slice(first, end === -1 ? undefined : end).map(cellsOf);
  const [heads = [], , ...body] = rows;
  return body.map((cells) => new Map(heads.map((head, at) => [head, cells[at] ?? ""])));
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** Everything between single backticks. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
}

/** Fenced blocks of one language, with their inner text. */
export function blocksOf(page: string, language: string): string[] {
  const fences = page.matchAll(/^ *```(\w*)\n([\s\S]*?)^ *```$/gm);
  return [...fences].filter((fence) => fence[1] === language).map((fence) => fence[2] ?? "");
}
