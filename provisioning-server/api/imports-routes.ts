import { Type } from "typebox";
import { apiRoute } from "./api-route.ts";

const closed = { additionalProperties: false };

const NewImport = Type.Object(
  {
    table: Type.String({
      maxLength: 8_000_000,
      description: "CSV with a header row, or JSON of a Wazo; docs/import.md",
    }),
    preset: Type.Optional(
      Type.String({ maxLength: 40, description: "whose table it is; else its header tells" }),
    ),
    macs: Type.Optional(
      Type.String({ maxLength: 8_000_000, description: "a table of MACs by extension or device" }),
    ),
    values: Type.Optional(
      Type.Array(
        Type.Object(
          { path: Type.String({ maxLength: 100 }), text: Type.String({ maxLength: 4000 }) },
          closed,
        ),
        { maxItems: 200, description: "for rows that do not say it" },
      ),
    ),
    dryRun: Type.Optional(Type.Boolean({ description: "say what would happen, and store nothing" })),
    keepGoing: Type.Optional(
      Type.Boolean({ description: "store the rows that are right although others are not" }),
    ),
  },
  closed,
);

const ImportFlaw = Type.Object(
  {
    place: Type.String(),
    line: Type.Optional(Type.Integer()),
    column: Type.Optional(Type.String()),
    expected: Type.String(),
    found: Type.String(),
    remedy: Type.Optional(Type.String()),
  },
  closed,
);

const ImportView = Type.Object(
  {
    applied: Type.Boolean({ description: "whether rows stand in the store now" }),
    change: Type.Optional(Type.String({ description: "the change that undo takes back" })),
    preset: Type.String(),
    guessed: Type.Boolean(),
    unused: Type.Array(Type.String(), { description: "columns that are not used" }),
    rows: Type.Array(
      Type.Object(
        {
          line: Type.Integer(),
          mac: Type.String(),
          result: Type.Enum(["added", "changed", "unchanged", "refused", "skipped"]),
          changes: Type.Array(
            Type.Object(
              {
                setting: Type.String(),
                from: Type.Optional(Type.String()),
                to: Type.Optional(Type.String()),
              },
              closed,
            ),
            { description: "secrets are dots" },
          ),
          why: Type.Optional(Type.String()),
        },
        closed,
      ),
    ),
    flaws: Type.Array(ImportFlaw),
  },
  closed,
);

export const importRoutes = [
  apiRoute({
    method: "POST",
    path: "/imports",
    id: "importPhones",
    tag: "changes",
    summary: "Make the phones of a table known; nothing is stored when a row is wrong, unless told otherwise",
    role: "engineer",
    body: NewImport,
    bodyExample: { table: "mac,model,ext\n805ec0010001,T46U,201\n", dryRun: true },
    status: 200,
    reply: ImportView,
    replyExample: {
      applied: false,
      preset: "ours",
      guessed: false,
      unused: [],
      rows: [
        { line: 2, mac: "805ec0010001", result: "added", changes: [{ setting: "line1.user", to: "201" }] },
      ],
      flaws: [],
    },
    problems: [],
    async handle({ inventory, body: { table, ...options } }) {
      const { flaws, ...result } = await inventory.importPhones(table, options);
      const counts = Map.groupBy(result.rows, (row) => row.result);
      const detail = [...counts].map(([word, rows]) => `${rows.length} ${word}`).join(", ");
      const isChange = result.applied && (counts.has("added") || counts.has("changed"));
      const change = isChange && inventory.changeId !== undefined ? { change: inventory.changeId } : {};
      const told = flaws.map(({ place, line, column, expected, found, remedy }) => ({
        place,
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
        expected,
        found,
        ...(remedy === undefined ? {} : { remedy }),
      }));
      return {
        body: { ...result, ...change, flaws: told },
        detail: result.applied ? detail : `nothing stored: ${detail}`,
      };
    },
  }),
];
