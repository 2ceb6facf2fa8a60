import { Type } from "typebox";
import { decodeDayWindow, type DayWindow } from "../resync/day-window.ts";
import { defaultWish, type ResyncPlan } from "../resync/resync-plan.ts";
import { Resyncs } from "../resync/resyncs.ts";
import { done, refused, type Verb } from "../inventory/flaw.ts";
import { answerVerb } from "./answer-verb.ts";
import { apiRoute } from "./api-route.ts";
import { pageOf, pageQuery, readPage } from "./page.ts";

const tag = "resyncs";
const closed = { additionalProperties: false };
const params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 36, description: "of a resync" }) });

const NewResync = Type.Object(
  {
    macs: Type.Array(Type.String({ maxLength: 17 }), { minItems: 1, maxItems: 10_000 }),
    reason: Type.Optional(Type.String({ maxLength: 200 })),
    reboot: Type.Optional(Type.Boolean({ description: "ask for a restart" })),
    notBefore: Type.Optional(Type.Number({ description: "ms since 1970" })),
    window: Type.Optional(Type.String({ maxLength: 11, description: "span of each day: 22:00-05:00" })),
    zone: Type.Optional(Type.String({ maxLength: 60, description: "of the window; each phone's own" })),
    via: Type.Optional(Type.Enum(["pbx", "direct"])),
    pace: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "phones in a batch" })),
    perAddress: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  },
  closed,
);

const Phone = Type.Object(
  {
    mac: Type.String(),
    site: Type.String(),
    state: Type.Enum(["waiting", "asking", "asked", "back", "silent", "failed"]),
    batch: Type.Optional(Type.Integer()),
    askedAt: Type.Optional(Type.Number({ description: "ms since 1970" })),
    words: Type.Optional(Type.String()),
  },
  closed,
);
const Resync = Type.Object(
  {
    id: Type.String(),
    at: Type.Number({ description: "ms since 1970" }),
    who: Type.String(),
    reason: Type.Optional(Type.String()),
    state: Type.Enum(["running", "paused", "stopped", "done"]),
    words: Type.Optional(Type.String({ description: "why it stopped, or what it waits for" })),
    phones: Type.Array(Phone),
  },
  closed,
);
const Ordered = Type.Object(
  {
    resync: Resync,
    refused: Type.Array(
      Type.Object({ mac: Type.String(), why: Type.String(), instead: Type.String() }, closed),
      { description: "phones that cannot be asked; they are not in the resync" },
    ),
  },
  closed,
);

const example = {
  id: "01a20ebf-0ba1-7000-9600-bef38f6a6fc6",
  at: 1_800_000_000_000,
  who: "anna",
  state: "running" as const,
  phones: [{ mac: "805ec0010001", site: "berlin", state: "waiting" as const }],
};

function viewOf({ id, at, who, reason, state, words, phones }: ResyncPlan) {
  const said = { ...(reason === undefined ? {} : { reason }), ...(words === undefined ? {} : { words }) };
  const shown = phones.map(({ zone: _zone, againAt: _again, ...phone }) => phone);
  return { id, at, who, state, ...said, phones: shown };
}

function windowOf(text: string | undefined, zone: string | undefined): Verb<{ window?: DayWindow }> {
  if (text === undefined) return done({});
  const window = decodeDayWindow(text, zone);
  return window.ok ? done({ window: window.value }) : refused(window.why);
}

const looks = [
  apiRoute({
    method: "GET",
    path: "/resyncs",
    id: "listResyncs",
    tag,
    summary: "Resyncs, newest first, each phone by phone",
    role: "viewer",
    query: Type.Object(pageQuery),
    status: 200,
    reply: pageOf(Resync),
    replyExample: { items: [example] },
    problems: [],
    async handle({ inventory, query }) {
      const resyncs = new Resyncs(inventory);
      const read = (after: string | undefined, limit: number) => resyncs.list(limit, after);
      const { items, ...more } = await readPage(query, read, ({ id }) => id);
      return { body: { items: items.map(viewOf), ...more } };
    },
  }),
  apiRoute({
    method: "GET",
    path: "/resyncs/:id",
    id: "getResync",
    tag,
    summary: "How far a resync is, phone by phone",
    role: "viewer",
    params,
    status: 200,
    reply: Resync,
    replyExample: example,
    problems: [],
    handle: async ({ inventory, params: { id } }) => ({
      body: viewOf(answerVerb(await new Resyncs(inventory).show(id))),
    }),
  }),
  apiRoute({
    method: "POST",
    path: "/resyncs",
    id: "orderResync",
    tag,
    summary: "Ask phones to fetch their config again, batch by batch",
    role: "operator",
    body: NewResync,
    bodyExample: { macs: ["805ec0010001"], window: "22:00-05:00" },
    status: 201,
    reply: Ordered,
    replyExample: { resync: example, refused: [] },
    problems: ["rule-violated"],
    async handle({ inventory, caller, body: { window, zone, ...wish } }) {
      const span = answerVerb(windowOf(window, zone));
      const order = { ...defaultWish, ...wish, ...span, who: caller.who };
      const { plan, refused: left } = answerVerb(await new Resyncs(inventory).order(order));
      return { body: { resync: viewOf(plan), refused: left }, location: `/resyncs/${plan.id}` };
    },
  }),
];

const turns = (
  [
    ["pause", "Ask no further batch of a resync until it is resumed"],
    ["resume", "Go on with a resync, also after a batch that did not come back"],
    ["stop", "End a resync; who was not asked is not"],
  ] as const
).map(([word, summary]) =>
  apiRoute({
    method: "POST",
    path: `/resyncs/:id/${word}`,
    id: `${word}Resync`,
    tag,
    summary,
    role: "operator",
    params,
    status: 200,
    reply: Resync,
    replyExample: example,
    problems: ["rule-violated"],
    async handle({ inventory, caller, params: { id } }) {
      return { body: viewOf(answerVerb(await new Resyncs(inventory)[word](id, caller.who))) };
    },
  }),
);

export const resyncRoutes = [...looks, ...turns];
