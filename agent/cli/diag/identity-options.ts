import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { fetchCertificate } from "../../io/tls/fetch-certificate.ts";
import type { IdentityCheck } from "../../stir/check-identity.ts";
import { readCertificates } from "../../stir/judge-certificate.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { ioFor } from "../look.ts";

/** How a signed number is checked, as options of a verb. */
export interface IdentityFlags {
  readonly roots?: string;
  readonly ca?: string;
  readonly allow?: readonly string[];
}

export function addIdentityOptions(command: Command): Command {
  return command
    .option("--roots <file>", "authorities that may vouch for numbers, PEM; without: trust is not checked")
    .option("--ca <file>", "authority of the certificate's HTTPS server, PEM")
    .option("--allow <host...>", "HOST or HOST:PORT that may be asked although private or not at 443");
}

/** All of a check but its time. @throws CliError for a file that cannot be read, or holds no certificate. */
export async function identityCheckFrom(
  { roots, ca, allow = [] }: IdentityFlags,
  context: CliContext,
): Promise<Omit<IdentityCheck, "at">> {
  const authorities = roots === undefined ? [] : readCertificates(await pemOf(roots));
  if (roots !== undefined && authorities.length === 0)
    throw new CliError(exitCodes.usage, `${roots} holds no certificate`);
  const authority = ca === undefined ? {} : { ca: await pemOf(ca) };
  const { resolve } = ioFor(context);
  return {
    roots: authorities,
    fetch: (url) => fetchCertificate(url, { allow, ...authority, resolve, signal: context.signal }),
  };
}

async function pemOf(file: string): Promise<string> {
  try {
    return await readFile(file, "latin1");
  } catch (error) {
    throw new CliError(
      exitCodes.usage,
      `cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? ""})`,
    );
  }
}
