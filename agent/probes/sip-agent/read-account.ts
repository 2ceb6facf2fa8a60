import type { DigestAccount } from "../../../protocol/sip/digest.ts";
import { readPassword } from "../../io/host/read-password.ts";

/** The account of a probe's settings; undefined without a password, an Error where it cannot be read. */
export async function readAccount(settings: {
  readonly user: string;
  readonly authUser?: string;
  readonly passwordFrom?: string;
}): Promise<DigestAccount | undefined | Error> {
  const { passwordFrom, user, authUser = user } = settings;
  if (passwordFrom === undefined) return undefined;
  try {
    return { user: authUser, password: await readPassword(passwordFrom) };
  } catch (error) {
    return error as Error;
  }
}
