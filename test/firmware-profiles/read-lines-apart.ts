// Readers of the line syntaxes that share nothing with ours, as simple as the vendors' guides tell the formats.
import type { Found, Options } from "./read-xml-apart.ts";

type Line = readonly [key: string, value: string];

const linesOf = (body: string): string[] => body.split(/\r?\n/).filter((line) => line.trim() !== "");

/** What stands before and behind the first of a sign, without blanks around. */
function halves(line: string, sign: string): Line {
  const at = line.indexOf(sign);
  if (at === -1) throw new Error(`no ${sign} in ${JSON.stringify(line)}`);
  return [line.slice(0, at).trim(), line.slice(at + sign.length).trim()];
}

/** A comment begins at a sign outside of double quotes. */
function withoutComment(line: string, signs: string): string {
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '"' && line[at - 1] !== "\\") quoted = !quoted;
    else if (!quoted && signs.includes(line.charAt(at))) return line.slice(0, at);
  }
  return line;
}

const unquoted = (text: string): string =>
  text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;

/** Yealink: `key = value # comment`, quotes around what needs them, `\"` inside, and a word that empties a key. */
const keyValue = (body: string, { clear }: Options): Found =>
  linesOf(body)
    .map((line) => withoutComment(line, "#"))
    .filter((line) => line.trim() !== "")
    .map((line): Line => {
      const [key, value] = halves(line, "=");
      return [key, value === clear ? "" : unquoted(value).replaceAll(String.raw`\"`, '"')];
    });

/** Sections in brackets; a line that begins with a comment's sign says nothing. */
function iniLines(body: string): Found {
  let section = "";
  return linesOf(body).flatMap((line): Found => {
    if (line.startsWith("#") || line.startsWith(";")) return [];
    if (line.startsWith("[")) {
      section = `${line.slice(1, line.indexOf("]"))}/`;
      return [];
    }
    const [key, value] = halves(line, "=");
    return [[section + key, value]];
  });
}

/** Cisco 7940: `key: "value" ; comment`. */
const cnfLines = (body: string): Found =>
  linesOf(body)
    .map((line) => withoutComment(line, "#;"))
    .filter((line) => line.trim() !== "")
    .map((line): Line => {
      const [key, value] = halves(line, ":");
      return [key, unquoted(value)];
    });

/** Mitel: `key: value # comment`, quotes around what holds a comment's sign. */
const colonLines = (body: string): Found =>
  linesOf(body)
    .map((line) => withoutComment(line, "#"))
    .filter((line) => line.trim() !== "")
    .map((line): Line => {
      const [key, value] = halves(line, ":");
      return [key, unquoted(value)];
    });

/** Panasonic: `KEY="value"`, lines end in CR LF, comments begin with `#`. */
const quotedLines = (body: string): Found =>
  body.split("\r\n").flatMap((line): Found => {
    if (line === "" || line.startsWith("#")) return [];
    const [key = "", value = "", rest] = line.split('"');
    if (!key.endsWith("=") || rest !== "") throw new Error(`odd line ${JSON.stringify(line)}`);
    return [[key.slice(0, -1), value]];
  });

/** Avaya: words with blanks between, one of them perhaps in quotes; other commands set nothing. */
const setLines = (body: string): Found =>
  linesOf(body).flatMap((line): Found => {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    const [command, key = "", value = ""] = words;
    return command === "SET" ? [[key, value]] : [];
  });

/** Fanvil: modules in angle brackets, lists between dashes, and `name :value`. */
function fanvilText(body: string): Found {
  let [module, list] = ["", ""];
  return linesOf(body).flatMap((line): Found => {
    if (line.startsWith("<<")) return [];
    if (/^<.*>$/.test(line)) {
      [module, list] = [`${line.slice(1, -1)}/`, ""];
      return [];
    }
    const at = line.indexOf(":");
    const name = line.slice(0, at).trim();
    if (name.startsWith("--") && name.endsWith("--")) {
      list = `${name.slice(2, -2)}/`;
      return [];
    }
    return [[module + list + name, line.slice(at + 1)]];
  });
}

const escapes: Readonly<Record<string, string>> = { t: "\t", n: "\n", f: "\f", r: "\r" };

/** java.util.Properties, character by character. */
const javaProperties = (body: string, { clear }: Options): Found =>
  linesOf(body)
    .filter((line) => !/^[#!]/.test(line))
    .map((line): Line => {
      const [key] = halves(line, "=");
      const raw = line.slice(line.indexOf("=") + 1).replace(/^[ \t\f]+/, "");
      let value = "";
      for (let at = 0; at < raw.length; at += 1) {
        if (raw[at] !== "\\") value += raw[at];
        else if (raw[(at += 1)] === "u") {
          value += String.fromCharCode(Number(`0x${raw.slice(at + 1, at + 5)}`));
          at += 4;
        } else value += escapes[raw[at] ?? ""] ?? raw[at];
      }
      return [key, raw === clear ? "" : value];
    });

export const lineReaders: Readonly<Record<string, (body: string, options: Options) => Found>> = {
  "cnf-lines": cnfLines,
  "colon-lines": colonLines,
  "fanvil-text": fanvilText,
  "ini-lines": iniLines,
  "java-properties": javaProperties,
  "key-value": keyValue,
  "quoted-lines": quotedLines,
  "set-lines": setLines,
};
