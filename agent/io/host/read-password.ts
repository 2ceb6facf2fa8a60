import { readFile } from "node:fs/promises";
import { Secret } from "../../../protocol/secret.ts";

/**
 * A password from where it is kept, never from the command line, which other users of the machine can read:
 * `env:NAME` or `file:PATH` (without its last line end).
 * @throws Error naming the source, never its content, when it cannot be read.
 */
export async function readPassword(source: string): Promise<Secret> {
  const [kind, name] = [source.slice(0, source.indexOf(":")), source.slice(source.indexOf(":") + 1)];
  if (kind === "env") {
    const value = process.env[name];
    if (value === undefined) throw new Error(`environment variable ${name} is not set`);
    return new Secret(value);
  }
  if (kind === "file") return new Secret((await readFile(name, "utf8")).replace(/\r?\n$/, ""));
  throw new Error(`expected env:NAME or file:PATH as the source of a password, found ${kind || "neither"}`);
}
