import { Type } from "typebox";
import { FirmwareRollouts } from "../firmware/rollout-verbs.ts";
import { FirmwareImages } from "../store/firmware-images.ts";
import { answerVerb } from "./answer-verb.ts";
import { apiRoute } from "./api-route.ts";

const tag = "firmware";
const closed = { additionalProperties: false };
const params = Type.Object({
  id: Type.String({
    pattern: "^[0-9a-z-]{4,36}$",
    description: "of a roll-out; its beginning or end is enough",
  }),
});

const Image = Type.Object(
  {
    vendor: Type.String(),
    version: Type.String(),
    hardware: Type.String({ description: "revision it is for; empty: any" }),
    name: Type.String(),
    models: Type.Array(Type.String()),
    sha256: Type.String(),
    size: Type.Integer(),
  },
  closed,
);

const Rollout = Type.Object(
  {
    id: Type.String(),
    at: Type.Number({ description: "ms since 1970" }),
    who: Type.String(),
    reason: Type.Optional(Type.String()),
    vendor: Type.String(),
    models: Type.Array(Type.String()),
    to: Type.String(),
    state: Type.Enum(["running", "paused", "rolling-back", "rolled-back", "halted", "done", "aborted"]),
    ring: Type.Integer({ description: "the one under way, from 0" }),
    rings: Type.Integer(),
    words: Type.Optional(Type.String({ description: "why it stands as it does" })),
    stages: Type.Record(Type.String(), Type.Integer(), { description: "phones by how far they are" }),
  },
  closed,
);

const example = {
  id: "01a20ebf-0ba1-7000-9600-bef38f6a6fc6",
  at: 1_800_000_000_000,
  who: "anna",
  vendor: "yealink",
  models: ["T46U"],
  to: "108.87.0.15",
  state: "running",
  ring: 0,
  rings: 4,
  stages: { ordered: 5, waiting: 1995 },
};

const turn = (verb: "pause" | "resume", summary: string) =>
  apiRoute({
    method: "POST",
    path: `/rollouts/:id/${verb}`,
    id: `${verb}Rollout`,
    tag,
    summary,
    role: "engineer",
    params,
    status: 200,
    reply: Rollout,
    replyExample: { ...example, state: verb === "pause" ? "paused" : "running" },
    problems: ["rule-violated"],
    async handle({ inventory, caller, params: { id } }) {
      const rollouts = new FirmwareRollouts(inventory);
      const turned = answerVerb(await rollouts[verb](id, caller.who));
      return { body: answerVerb(await rollouts.summary(turned.id)) };
    },
  });

export const firmwareRoutes = [
  apiRoute({
    method: "GET",
    path: "/firmware",
    id: "listFirmware",
    tag,
    summary: "The images of the installation",
    role: "viewer",
    status: 200,
    reply: Type.Object({ items: Type.Array(Image) }, closed),
    replyExample: { items: [] },
    problems: [],
    async handle({ inventory }) {
      const images = await new FirmwareImages(inventory.store).list();
      return { body: { items: images.map(({ addedAt: _at, addedBy: _by, ...image }) => image) } };
    },
  }),
  apiRoute({
    method: "GET",
    path: "/rollouts",
    id: "listRollouts",
    tag,
    summary: "Roll-outs of firmware, newest first; the last 50",
    role: "viewer",
    status: 200,
    reply: Type.Object({ items: Type.Array(Rollout) }, closed),
    replyExample: { items: [example] },
    problems: [],
    handle: async ({ inventory }) => ({ body: { items: await new FirmwareRollouts(inventory).list() } }),
  }),
  apiRoute({
    method: "GET",
    path: "/rollouts/:id",
    id: "getRollout",
    tag,
    summary: "One roll-out",
    role: "viewer",
    params,
    status: 200,
    reply: Rollout,
    replyExample: example,
    problems: [],
    handle: async ({ inventory, params: { id } }) => ({
      body: answerVerb(await new FirmwareRollouts(inventory).summary(id)),
    }),
  }),
  turn("pause", "Order no further phones; who is under way is watched"),
  turn("resume", "Go on with a roll-out"),
];
