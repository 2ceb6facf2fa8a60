import { Type } from "typebox";
import { answerVerb } from "./answer-verb.ts";
import { apiRoute } from "./api-route.ts";
import { pageOf, pageQuery, readPage } from "./page.ts";

const tag = "changes";
const closed = { additionalProperties: false };
const Id = Type.String({
  minLength: 1,
  maxLength: 36,
  description: "of a change; its beginning or end is enough",
});
const params = Type.Object({ id: Id });

const changeFields = {
  id: Type.String(),
  at: Type.Number({ description: "ms since 1970" }),
  who: Type.String(),
  reason: Type.Optional(Type.String()),
  state: Type.Enum(["planned", "applied", "undone"]),
  appliedAt: Type.Optional(Type.Number()),
  undoes: Type.Optional(Type.String({ description: "the change that this one takes back" })),
  undoneBy: Type.Optional(Type.String()),
};
const Change = Type.Object(changeFields, closed);
const ListedChange = Type.Object({ ...changeFields, entries: Type.Integer() }, closed);

const SettingChange = Type.Object(
  { setting: Type.String(), from: Type.Optional(Type.String()), to: Type.Optional(Type.String()) },
  closed,
);
const Entry = Type.Object(
  {
    holder: Type.Enum(["device", "site", "tenant"]),
    name: Type.String({ description: "MAC, site or tenant" }),
    change: Type.Enum(["added", "removed", "changed"]),
    settings: Type.Array(SettingChange, { description: "secrets are dots" }),
  },
  closed,
);
const ShownChange = Type.Object({ ...changeFields, entries: Type.Array(Entry) }, closed);

const FileChange = Type.Object(
  {
    name: Type.String(),
    change: Type.Enum(["new", "gone", "changed"]),
    removed: Type.Array(Type.String()),
    added: Type.Array(Type.String()),
    settings: Type.Array(Type.String()),
  },
  closed,
);
const Group = Type.Object(
  {
    change: Type.Enum(["added", "removed", "changed"]),
    phones: Type.Array(Type.String()),
    models: Type.Array(Type.String()),
    files: Type.Array(FileChange),
    reboots: Type.Enum(["yes", "no", "unknown"]),
    rebootsBy: Type.Array(Type.String()),
  },
  closed,
);
const Preview = Type.Object(
  {
    phones: Type.Integer(),
    unchanged: Type.Integer(),
    groups: Type.Array(Group, {
      description: "phones whose files change in the same way; the largest first",
    }),
  },
  closed,
);

const How = Type.Object(
  {
    force: Type.Optional(
      Type.Boolean({ description: "also where settings are no longer as the change found them" }),
    ),
    reason: Type.Optional(Type.String({ maxLength: 200 })),
  },
  closed,
);

const example = {
  id: "01a20ebf-0ba1-7000-9600-bef38f6a6fc6",
  at: 1_800_000_000_000,
  who: "anna",
  reason: "new PBX",
  state: "applied",
  appliedAt: 1_800_000_000_000,
};
const settings = [{ setting: "line.server.host", from: "pbx-old.example", to: "pbx.example" }];
const shownExample = {
  ...example,
  entries: [{ holder: "site", name: "berlin", change: "changed", settings }],
};

export const changeRoutes = [
  apiRoute({
    method: "GET",
    path: "/changes",
    id: "listChanges",
    tag,
    summary: "What was changed by whom, newest first",
    role: "viewer",
    query: Type.Object(pageQuery),
    status: 200,
    reply: pageOf(ListedChange),
    replyExample: { items: [{ ...example, entries: 1 }] },
    problems: [],
    async handle({ inventory, query }) {
      const read = (before: string | undefined, limit: number) => inventory.changes.list(limit, before);
      return { body: await readPage(query, read, (change) => change.id) };
    },
  }),
  apiRoute({
    method: "GET",
    path: "/changes/:id",
    id: "getChange",
    tag,
    summary: "One change, setting by setting",
    role: "viewer",
    params,
    status: 200,
    reply: ShownChange,
    replyExample: shownExample,
    problems: [],
    handle: async ({ inventory, params: { id } }) => ({
      body: answerVerb(await inventory.changes.show(id)),
    }),
  }),
  apiRoute({
    method: "GET",
    path: "/changes/:id/preview",
    id: "previewChange",
    tag,
    summary: "What a change does to the files of phones, and which restart",
    role: "viewer",
    params,
    status: 200,
    reply: Preview,
    replyExample: { phones: 0, unchanged: 0, groups: [] },
    problems: [],
    handle: async ({ inventory, params: { id } }) => ({
      body: answerVerb(await inventory.changes.previewOf(id)).fleet,
    }),
  }),
  apiRoute({
    method: "POST",
    path: "/changes/:id/apply",
    id: "applyChange",
    tag,
    summary: "Make a planned change, or one that was taken back",
    role: "engineer",
    params,
    body: How,
    bodyExample: {},
    status: 200,
    reply: Change,
    replyExample: example,
    problems: ["rule-violated"],
    async handle({ inventory, params: { id }, body: { force = false } }) {
      return { body: answerVerb(await inventory.changes.apply(id, force)) };
    },
  }),
  apiRoute({
    method: "POST",
    path: "/changes/:id/undo",
    id: "undoChange",
    tag,
    summary: "Take a change back; the reply is the change that did so",
    role: "engineer",
    params,
    body: How,
    bodyExample: { reason: "wrong site" },
    status: 200,
    reply: Change,
    replyExample: { ...example, undoes: "01a20ebe-9f0d-7000-9368-a5c20d8da974" },
    problems: ["rule-violated"],
    async handle({ inventory, caller, params: { id }, body: { force = false, reason } }) {
      const author = { who: caller.who, ...(reason === undefined ? {} : { reason }) };
      return { body: answerVerb(await inventory.changes.undo(id, author, force)) };
    },
  }),
];
