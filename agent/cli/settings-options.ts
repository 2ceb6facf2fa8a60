import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Value } from "typebox/value";
import { checkSource } from "./check-source.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { readInput } from "./secret-input.ts";

interface Described {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly { readonly const?: unknown }[];
  readonly items?: Described;
  readonly secret?: boolean;
  readonly properties?: Record<string, Described>;
}

const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function choicesOf(setting: Described): string[] | undefined {
  const values = setting.enum ?? setting.anyOf?.map((each) => each.const);
  return values?.every((value) => typeof value === "string") === true && values.length > 0
    ? (values as string[])
    : undefined;
}

function optionFor(name: string, setting: Described): Option {
  const flag = `--${kebab(name)}`;
  const about = setting.description ?? name;
  // Secrets never stand on a command line, where every user of the machine can read them.
  if (setting.secret === true)
    return new Option(`${flag}-file <file>`, `${about}, read from a file (\`-\` is stdin)`);
  if (setting.type === "boolean")
    return new Option(setting.default === true ? `--no-${kebab(name)}` : flag, about);
  if (setting.type === "array") return new Option(`${flag} <value...>`, about);
  const numeric = setting.type === "number" || setting.type === "integer";
  const option = new Option(`${flag} <${numeric ? "n" : "text"}>`, about);
  const choices = choicesOf(setting);
  if (choices !== undefined) option.choices(choices);
  if (numeric) option.argParser(numberOf);
  if (setting.default !== undefined) option.default(setting.default);
  return option;
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && !Number.isNaN(value)) return value;
  throw new InvalidArgumentError(`Expected a number, found ${text === "" ? "nothing" : text}.`);
}

/** Hangs one option on the command for each property of an object schema. */
export function addSettingsOptions(command: Command, schema: TSchema): void {
  for (const [name, setting] of Object.entries((schema as Described).properties ?? {})) {
    command.addOption(optionFor(name, setting));
  }
}

function secretFrom(file: string): string {
  return readInput(file).replace(/\r?\n$/, "");
}

/**
 * The settings that commander's option values amount to, checked by the schema.
 * @throws CliError (usage) naming each option, what was expected and what was found; the file of a secret that is not there.
 */
export function settingsFrom(
  schema: TSchema,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries((schema as Described).properties ?? {})) {
    const value = setting.secret === true ? options[`${name}File`] : options[name];
    if (value === undefined) continue;
    settings[name] = setting.secret === true && typeof value === "string" ? secretFrom(value) : value;
  }
  const whole = withDefaults(schema, settings);
  checkSettings(schema, whole);
  for (const [name, value] of Object.entries(whole)) {
    if (name.endsWith("From") && typeof value === "string") checkSource(value);
  }
  return whole;
}

/** The settings, with the schema's defaults where nothing is said. */
export function withDefaults(schema: TSchema, settings: Record<string, unknown>): Record<string, unknown> {
  return Value.Default(schema, structuredClone(settings)) as Record<string, unknown>;
}

function checkSettings(schema: TSchema, settings: Record<string, unknown>): void {
  const check = Compile(schema);
  if (check.Check(settings)) return;
  const problems = check.Errors(settings).map((error) => {
    const name = error.instancePath.split("/")[1] ?? "";
    return `--${kebab(name)} ${error.message}, found ${JSON.stringify(settings[name])}`;
  });
  throw new CliError(
    exitCodes.usage,
    [...new Set(problems)].join("\n  "),
    "See --help for what each option takes.",
  );
}
