import { readFileSync } from "node:fs";
import { settingCatalogue } from "../../protocol/phone-settings.ts";
import { CliError, exitCodes } from "./exit-codes.ts";

/** Text of a file, `-` for stdin, in UTF-8 and nothing else: a name read wrongly would stand on a phone's display. */
export function readInput(file: string): string {
  const name = file === "-" ? "stdin" : file;
  const bytes = readBytes(file, name);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CliError(
      exitCodes.failed,
      `${name}: expected text in UTF-8, found bytes of another encoding`,
      'Save it as UTF-8 (spreadsheets say "CSV UTF-8"), or convert it: iconv -f WINDOWS-1252 -t UTF-8.',
    );
  }
}

function readBytes(file: string, name: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCodes.failed, `cannot read ${name}: ${why}`);
  }
}

function isSecret(path: string): boolean {
  return settingCatalogue.get(path.replace(/^line\d+\./, "line."))?.secret === true;
}

/**
 * The text of a setting as given on the command line: `-` is stdin (its last line break is not part of it). Every user
 * of the machine can read a command line, so a secret may not stand there.
 */
export function settingText(
  path: string,
  text: string | undefined,
  file: string | undefined,
  way = "Give it on stdin with `-`, or by --file FILE.",
): string {
  if (file !== undefined || text === "-") return readInput(file ?? "-").replace(/\r?\n$/, "");
  if (text === undefined)
    throw new CliError(
      exitCodes.usage,
      `${path}: the value is missing`,
      "Give it as the last word, by --file FILE, or `-` for stdin.",
    );
  if (isSecret(path))
    throw new CliError(exitCodes.usage, `${path} is a secret and does not belong on a command line`, way);
  return text;
}

export interface SettingText {
  readonly path: string;
  readonly text: string;
}

/** `path=value` words of the command line; secrets are refused. */
export function settingsFromWords(words: readonly string[]): SettingText[] {
  return words.map((word) => {
    const { path, text } = splitSetting(word, "--set");
    const way = `Give the line ${path}=VALUE on stdin with \`--settings -\`, or in a file by --settings FILE.`;
    return { path, text: settingText(path, text, undefined, way) };
  });
}

/** Lines `path=value` of a file or stdin; empty lines and lines that start with # are left out. */
export function settingsFromFile(file: string): SettingText[] {
  return readInput(file)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => splitSetting(line, file === "-" ? "stdin" : file));
}

function splitSetting(word: string, place: string): SettingText {
  const at = word.indexOf("=");
  if (at < 1) {
    // The word may be a secret that lost its path: not repeated here.
    throw new CliError(exitCodes.usage, `${place}: expected PATH=VALUE, such as line1.user=201`);
  }
  return { path: word.slice(0, at).trim(), text: word.slice(at + 1) };
}
