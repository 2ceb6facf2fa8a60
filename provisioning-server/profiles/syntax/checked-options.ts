import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";

const none: Readonly<Record<string, unknown>> = {};

/**
 * Checks a syntax's options once for each object that holds them: they come from a vendor.json, and files are written by the
 * thousand.
 * @throws where the options are none of the syntax: loadProfiles would have refused them.
 */
export function checkedOptions<Schema extends TSchema>(
  schema: Schema,
): (given: Readonly<Record<string, unknown>>) => Static<Schema> {
  const checked = new WeakMap<object, Static<Schema>>();
  return (given) => {
    // An empty object is often a new one.
    const options = Object.keys(given).length === 0 ? none : given;
    const known = checked.get(options);
    if (known !== undefined) return known;
    const made = Value.Parse(schema, options);
    checked.set(options, made);
    return made;
  };
}
