import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import { Errors } from "typebox/value";
import type { ProfileProblem } from "./profile-problem.ts";

const validators = new WeakMap<TSchema, Validator>();

/** Compiled at the first file of its kind: hundreds follow. */
function validatorOf(schema: TSchema): Validator {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = Compile(schema);
    validators.set(schema, validator);
  }
  return validator;
}

/** Reads one JSON file against its schema; what is wrong goes into `problems`, and the answer is undefined. */
export class JsonReader {
  readonly #folder: string;
  readonly problems: ProfileProblem[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read<T extends TSchema>(schema: T, ...path: string[]): Promise<Static<T> | undefined> {
    const file = relative(this.#folder, join(this.#folder, ...path));
    const json = await this.#json(file);
    if (json === undefined) return undefined;
    const value: unknown = json.value;
    if (validatorOf(schema).Check(value)) return value as Static<T>;
    for (const error of Errors(schema, value)) {
      this.problems.push({
        file,
        path: error.instancePath || "/",
        expected: error.message,
        found: excerpt(value, error.instancePath),
      });
    }
    return undefined;
  }

  async #json(file: string): Promise<{ value: unknown } | undefined> {
    try {
      return { value: JSON.parse(await readFile(join(this.#folder, file), "utf8")) };
    } catch (error) {
      const found = error instanceof SyntaxError ? error.message : "a file that cannot be read";
      this.problems.push({ file, path: "/", expected: "JSON", found });
      return undefined;
    }
  }
}

/** What stands at a JSON pointer, in short. */
function excerpt(value: unknown, pointer: string): string {
  let here = value;
  for (const step of pointer.split("/").slice(1)) {
    if (typeof here !== "object" || here === null) break;
    here = new Map(Object.entries(here)).get(step);
  }
  return (JSON.stringify(here) ?? "nothing").slice(0, 80);
}
