import { Type, type TSchema } from "typebox";
import { Problem } from "../problem.ts";

export const mostOfPage = 500;

/** What every list takes. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: mostOfPage, default: 100, description: "so many at most" }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 400, description: "`next` of the page before; without it, the first page" }),
  ),
};

/** A page of a list. */
export function pageOf(item: TSchema) {
  return Type.Object(
    {
      items: Type.Array(item, { maxItems: mostOfPage }),
      next: Type.Optional(Type.String({ description: "cursor of the next page; absent on the last one" })),
    },
    { additionalProperties: false },
  );
}

interface Asked {
  readonly limit?: number;
  readonly cursor?: string;
}

/**
 * Reads a page: `read` gets the key after which it begins and how many to read, in the order of keys. One more than asked
 * for is read, which tells whether there is a next page.
 */
export async function readPage<T>(
  { limit = 100, cursor }: Asked,
  read: (after: string | undefined, limit: number) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<{ readonly items: readonly T[]; readonly next?: string }> {
  const found = await read(cursor === undefined ? undefined : keyIn(cursor), limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last !== undefined ? { items, next: cursorOf(keyOf(last)) } : { items };
}

function cursorOf(key: string): string {
  return Buffer.from(`v1 ${key}`).toString("base64url");
}

function keyIn(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  if (text.startsWith("v1 ")) return text.slice(3);
  const errors = [{ pointer: "query/cursor", expected: "`next` of an earlier page", found: cursor }];
  throw new Problem("invalid-request", "1 place does not fit", { errors });
}
