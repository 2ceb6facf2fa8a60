import { readFile } from "node:fs/promises";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";

/** The text of a file; `-` is stdin. Bytes that are no UTF-8 are taken as Latin-1, as old phones write it. */
export async function readText(file: string, context: CliContext): Promise<string> {
  const bytes = file === "-" ? await stdinBytes(context) : await fileBytes(file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString("latin1");
  }
}

async function stdinBytes(context: CliContext): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of context.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

async function fileBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new CliError(exitCodes.usage, `cannot read ${file} (${code})`);
  }
}
