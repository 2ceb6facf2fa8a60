import { readFileSync } from "node:fs";
import { settingCatalogue } from "../../protocol/phone-settings.ts";
import { CliError, exitCodes } from "./exit-codes.ts";

/** Text of a file, `-` for stdin. */
export function readInput(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new CliError(
      exitCodes.failed,
      `cannot read ${file === "-" ? "stdin" : file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function isSecret(path: string): boolean {
  return settingCatalogue.get(path.replace(/^line\d+\./, "line."))?.secret === true;
}

/**
 * The text of a setting as given on the command line: `-` is stdin (its last line break is not part of it). Every user
 * of the machine can read a command line, so a secret may not stand there.
 */
export function settingText(path: string, text: string | undefined, file: string | undefined): string {
  if (file !== undefined || text === "-") return readInput(file ?? "-").replace(/\r?\n$/, "");
  if (text === undefined)
    throw new CliError(
      exitCodes.usage,
      `${path}: the value is missing`,
      "Give it as the last word, by --file FILE, or `-` for stdin.",
    );
  if (isSecret(path))
    throw new CliError(
      exitCodes.usage,
      `${path} is a secret and does not belong on a command line`,
      "Give it on stdin with `-`, or by --file FILE.",
    );
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
    return { path, text: settingText(path, text, undefined) };
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
