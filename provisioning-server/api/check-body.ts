import { Value } from "typebox/value";
import { Compile } from "typebox/compile";
import type { TSchema } from "typebox";
import type { Mismatch } from "../../protocol/decoded.ts";
import { schemaMismatches } from "../../protocol/schema-mismatches.ts";
import { invalidRequest } from "../problem.ts";

/** Takes what fits the schema. @throws {Problem} invalid-request with a JSON pointer for every place that does not fit */
export type SchemaCheck = (value: unknown) => unknown;

/** A check of bodies: nothing is converted, unknown names are errors. */
export function bodyCheck(schema: TSchema | undefined): SchemaCheck {
  if (schema === undefined) return () => undefined;
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return value;
    throw invalidRequest(schemaMismatches(schema, value).slice(0, 100));
  };
}

/** A check of parameters, which come as text: numbers and flags are read, defaults filled in. */
export function textCheck(schema: TSchema | undefined, place: "path" | "query"): SchemaCheck {
  if (schema === undefined) return () => undefined;
  const validator = Compile(schema);
  return (value) => {
    const read: unknown = Value.Convert(schema, Value.Default(schema, { ...(value as object) }));
    if (validator.Check(read)) return read;
    throw invalidRequest(schemaMismatches(schema, read).map((flaw) => at(flaw, place)));
  };
}

function at(flaw: Mismatch, place: string): Mismatch {
  return { ...flaw, place: `${place}${flaw.place}` };
}
