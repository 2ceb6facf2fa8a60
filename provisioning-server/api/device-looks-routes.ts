import { Type } from "typebox";
import { settingCatalogue } from "../../protocol/phone-settings.ts";
import type { Provenance } from "../../protocol/answer.ts";
import type { RenderedFile } from "../answer/render-file.ts";
import { secretDots } from "../inventory/restore-secrets.ts";
import type { TraceEntry } from "../store/trace.ts";
import { answerVerb } from "./answer-verb.ts";
import { apiRoute } from "./api-route.ts";
import { macParams as params } from "./device-example.ts";
import { AddressView, LintView, PreviewView, SettingsView, TraceView } from "./schemas.ts";

const tag = "devices";

/** What one may look at of a phone besides its own document. */
export const deviceLooksRoutes = [
  apiRoute({
    method: "GET",
    path: "/devices/:mac/settings",
    id: "getDeviceSettings",
    tag,
    summary: "Every setting that holds for a phone, with the layer it comes from",
    role: "viewer",
    params,
    status: 200,
    reply: SettingsView,
    replyExample: {
      items: [
        {
          path: "time.zone",
          value: "Europe/Berlin",
          layer: "site",
          losers: [{ layer: "tenant", value: "Europe/London" }],
        },
      ],
    },
    problems: [],
    handle: async ({ inventory, params: { mac } }) => ({
      body: { items: answerVerb(await inventory.effectiveSettings(mac)) },
    }),
  }),
  apiRoute({
    method: "GET",
    path: "/devices/:mac/preview",
    id: "previewDevice",
    tag,
    summary: "The files a phone would get, and why each line stands there; stars for secrets",
    role: "viewer",
    params,
    status: 200,
    reply: PreviewView,
    replyExample: {
      items: [
        {
          name: "805ec0010001.cfg",
          fileId: "mac",
          contentType: "text/plain",
          secret: true,
          text: "#!version:1.0.0.1\naccount.1.user_name = 201\n",
          provenance: [
            { key: "account.1.user_name", line: 2, setting: "line1.user", layer: "line", losers: [] },
          ],
          notes: [],
        },
      ],
    },
    problems: ["rule-violated"],
    handle: async ({ inventory, params: { mac } }) => ({
      body: { items: answerVerb(await inventory.preview(mac, { secrets: "masked" })).map(fileView) },
    }),
  }),
  apiRoute({
    method: "GET",
    path: "/devices/:mac/trace",
    id: "traceDevice",
    tag,
    summary: "What a MAC asked and what it was answered, newest first; unknown MACs as well",
    role: "viewer",
    params,
    query: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })) }),
    status: 200,
    reply: TraceView,
    replyExample: {
      items: [
        {
          id: "0198d0b3-6a00-7000-8000-000000000002",
          at: 1_780_000_000_000,
          door: "https",
          method: "GET",
          path: "/805ec0010001.cfg",
          address: "10.1.2.17",
          outcome: "file",
          status: 200,
          bytes: 2210,
        },
      ],
    },
    problems: [],
    async handle({ inventory, params: { mac }, query: { limit = 50 } }) {
      const { steps } = answerVerb(await inventory.trace(mac, limit));
      return { body: { items: steps.map(({ entry }) => traceView(entry)) } };
    },
  }),
  apiRoute({
    method: "GET",
    path: "/devices/:mac/lint",
    id: "lintDevice",
    tag,
    summary: "What is not good about a phone's settings, and what to do",
    role: "viewer",
    params,
    status: 200,
    reply: LintView,
    replyExample: {
      items: [
        {
          mac: "805ec0010001",
          rule: "weak-password",
          setting: "line1.password",
          why: "it is short",
          remedy: "Use 12 or more.",
        },
      ],
    },
    problems: [],
    async handle({ inventory, params: { mac } }) {
      const problems = answerVerb(await inventory.lint(mac));
      const items = problems.map(({ mac: of, rule, setting, why, remedy }) => ({
        mac: of,
        rule,
        setting,
        why,
        remedy,
      }));
      return { body: { items } };
    },
  }),
  apiRoute({
    method: "GET",
    path: "/devices/:mac/token",
    id: "getDeviceToken",
    tag: "tokens",
    summary: "The phone's own address, with its token inside; looking at it is written into the audit",
    role: "engineer",
    audited: true,
    params,
    status: 200,
    reply: AddressView,
    replyExample: { address: "https://phones.example:8443/3q2-…/" },
    problems: [],
    handle: async ({ inventory, params: { mac } }) => ({
      body: { address: answerVerb(await inventory.phoneAddress(mac)) },
    }),
  }),
  apiRoute({
    method: "POST",
    path: "/devices/:mac/token",
    id: "renewDeviceToken",
    tag: "tokens",
    summary: "Make the phone's address worthless and give it another",
    role: "engineer",
    params,
    status: 200,
    reply: AddressView,
    replyExample: { address: "https://phones.example:8443/7Hc1…/" },
    problems: ["precondition-failed"],
    async handle({ inventory, params: { mac }, expected }) {
      const { revision } = answerVerb(await inventory.phones.renewToken(mac, expected));
      return { body: { address: answerVerb(await inventory.phoneAddress(mac)) }, revision };
    },
  }),
];

function fileView({ name, fileId, contentType, secret, body, provenance, notes }: RenderedFile) {
  return {
    name,
    fileId,
    contentType,
    secret,
    text: Buffer.from(body).toString("utf8"),
    provenance: provenance.map((line) => masked(line)),
    notes: notes.map(({ sentence }) => sentence),
  };
}

/** Values that lost may be secrets as well. */
function masked(line: Provenance): Provenance {
  const path = line.setting.replace(/^line\d+\./, "line.");
  if (settingCatalogue.get(path)?.secret !== true) return line;
  return { ...line, losers: line.losers.map(({ layer }) => ({ layer, value: secretDots })) };
}

function traceView(entry: TraceEntry) {
  const { id, at, door, method, path, address, userAgent, outcome, normal, status, bytes, reason, remedy } =
    entry;
  return { id, at, door, method, path, address, userAgent, outcome, normal, status, bytes, reason, remedy };
}
