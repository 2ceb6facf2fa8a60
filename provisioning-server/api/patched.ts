import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
import { schemaMismatches } from "../../protocol/schema-mismatches.ts";
import { invalidRequest } from "../problem.ts";
import { mergePatch } from "./merge-patch.ts";

/** The document with the patch applied. @throws {Problem} invalid-request when what comes out does not fit the schema */
export function patched<S extends TSchema>(schema: S, document: unknown, patch: unknown): Static<S> {
  const merged = mergePatch(document, patch);
  if (Value.Check(schema, merged)) return merged as Static<S>;
  throw invalidRequest(schemaMismatches(schema, merged).slice(0, 100));
}
