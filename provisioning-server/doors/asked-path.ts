import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";
import { Secret } from "../../protocol/secret.ts";
import { splitToken } from "../answer/device-token.ts";

/** A path as PhoneRequest wants it, and the token that stood in front of it. */
export interface AskedPath {
  readonly path: string;
  readonly token?: Secret;
}

/** operations.md section 10 rule 2; the same for both doors, since a phone asks both for the same names. */
const longestPath = 255;

/** A request target of HTTP: without scheme and host, query and fragment, percent-decoded. */
export function decodeRequestTarget(target: string): Decoded<AskedPath> {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  try {
    return decodeAskedPath(decodeURIComponent(path));
  } catch {
    return mismatch("path", "percent-encoded UTF-8", "something else");
  }
}

/**
 * A name as a phone wrote it. Phones differ in slashes, and `\` is a slash to some; a path is looked up in the catalogue
 * and never joined to another, so `..` and control characters have no business in it and are refused.
 */
export function decodeAskedPath(name: string): Decoded<AskedPath> {
  if (name.length > longestPath)
    return mismatch("path", `at most ${longestPath} characters`, `${name.length}`);
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(name)) return mismatch("path", "no control characters", "one");
  const parts = name.split(/[/\\]+/).filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return mismatch("path", "no `..`", "one");
  const { token, path } = splitToken(`/${parts.join("/")}`);
  return decoded({ path, ...(token === undefined ? {} : { token: new Secret(token) }) });
}

/** A path that was refused, for the record: short, printable, and without what may be a token. */
export function printRefusedPath(name: string): string {
  // oxlint-disable-next-line no-control-regex
  const printable = name.slice(0, 400).replaceAll(/[\u0000-\u001f\u007f]/g, "?");
  const safe = printable.replaceAll(/[A-Za-z0-9_-]{22,}/g, "…");
  return safe.startsWith("/") ? safe : `/${safe}`;
}
