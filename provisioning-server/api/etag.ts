import { Problem } from "../problem.ts";

/** The strong ETag of a revision (RFC 9110 section 8.8.3). */
export function etagOf(revision: number): string {
  return `"r${revision}"`;
}

/**
 * The revision in `If-Match` (RFC 9110 section 13.1.1); `*` and none at all mean whatever stands. Weak tags and those of
 * others match nothing.
 *
 * @throws {Problem} precondition-failed when no tag is one of ours
 */
export function expectedRevision(header: string | undefined): { readonly revision?: number } {
  if (header === undefined || header.trim() === "*") return {};
  const [, digits] = /^\s*"r(\d{1,15})"\s*$/.exec(header) ?? [];
  if (digits === undefined)
    throw new Problem("precondition-failed", "If-Match: expected one ETag of this API, or *.");
  return { revision: Number(digits) };
}
