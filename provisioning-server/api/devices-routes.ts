import { Type, type Static } from "typebox";
import { Device, EnrolmentState } from "../../protocol/device.ts";
import { done } from "../inventory/flaw.ts";
import type { PhoneDocument } from "../inventory/phone-document.ts";
import type { PhonePlan } from "../inventory/plan-phone.ts";
import { answerVerb } from "./answer-verb.ts";
import { apiRoute, type ApiReply } from "./api-route.ts";
import { deviceExample, macParams } from "./device-example.ts";
import { patched } from "./patched.ts";
import { pageOf, pageQuery, readPage } from "./page.ts";
import { DeviceBody, NewDevice } from "./schemas.ts";

const tag = "devices";
const { mac, state: _state, tokenGeneration: _generation, revision: _revision, ...body } = deviceExample;
const params = macParams;

const replyOf = ({ device }: PhonePlan): ApiReply => ({ body: device, revision: device.revision });

function documentOf(given: Static<typeof DeviceBody>): PhoneDocument {
  const { vendor, model, site, label, lines = [], settings = {}, raw = {} } = given;
  return {
    model,
    site,
    lines,
    settings,
    raw,
    ...(vendor === undefined ? {} : { vendor }),
    ...(label === undefined ? {} : { label }),
  };
}

export const deviceRoutes = [
  apiRoute({
    method: "GET",
    path: "/devices",
    id: "listDevices",
    tag,
    summary: "Phones, by MAC; secrets are dots",
    role: "viewer",
    query: Type.Object({
      ...pageQuery,
      site: Type.Optional(Type.String({ maxLength: 40 })),
      vendor: Type.Optional(Type.String({ maxLength: 40 })),
      model: Type.Optional(Type.String({ maxLength: 40 })),
      state: Type.Optional(EnrolmentState),
    }),
    status: 200,
    reply: pageOf(Device),
    replyExample: { items: [deviceExample] },
    problems: [],
    async handle({ inventory, query: { limit, cursor, ...wanted } }) {
      const asked = {
        ...(limit === undefined ? {} : { limit }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const read = (after: string | undefined, most: number) => inventory.phones.page(wanted, after, most);
      return { body: await readPage(asked, read, (device) => device.mac) };
    },
  }),
  apiRoute({
    method: "POST",
    path: "/devices",
    id: "createDevice",
    tag,
    summary: "Make a phone known",
    role: "engineer",
    body: NewDevice,
    bodyExample: { mac, ...body },
    status: 201,
    reply: Device,
    replyExample: deviceExample,
    problems: ["conflict", "rule-violated"],
    async handle({ inventory, body: { mac: text, ...rest } }) {
      const profiles = await inventory.profiles();
      const plan = answerVerb(await inventory.phones.create(text, documentOf(rest), profiles));
      return { ...replyOf(plan), location: `/devices/${plan.device.mac}` };
    },
  }),
  apiRoute({
    method: "GET",
    path: "/devices/:mac",
    id: "getDevice",
    tag,
    summary: "One phone; secrets are dots",
    role: "viewer",
    params,
    status: 200,
    reply: Device,
    replyExample: deviceExample,
    problems: [],
    async handle({ inventory, params: { mac: text } }) {
      const { device } = answerVerb(await inventory.phones.show(text));
      return { body: device, revision: device.revision };
    },
  }),
  apiRoute({
    method: "PUT",
    path: "/devices/:mac",
    id: "replaceDevice",
    tag,
    summary: "Replace a phone; dots keep the secret that is there",
    role: "engineer",
    params,
    body: DeviceBody,
    bodyExample: body,
    status: 200,
    reply: Device,
    replyExample: deviceExample,
    problems: ["precondition-failed", "rule-violated"],
    async handle({ inventory, params: { mac: text }, body: given, expected }) {
      const profiles = await inventory.profiles();
      return replyOf(
        answerVerb(await inventory.phones.rewrite(text, () => done(documentOf(given)), profiles, expected)),
      );
    },
  }),
  apiRoute({
    method: "PATCH",
    path: "/devices/:mac",
    id: "changeDevice",
    tag,
    summary: "Change parts of a phone (JSON Merge Patch, RFC 7396); lists, such as lines, are replaced whole",
    role: "engineer",
    params,
    body: Type.Record(Type.String(), Type.Unknown()),
    bodyExample: { label: "Room 12", settings: { time: { zone: "Europe/Vienna" } } },
    status: 200,
    reply: Device,
    replyExample: deviceExample,
    problems: ["precondition-failed", "rule-violated"],
    async handle({ inventory, params: { mac: text }, body: patch, expected }) {
      const profiles = await inventory.profiles();
      const change = (known: Device) => done(documentOf(patched(DeviceBody, documentOf(known), patch)));
      return replyOf(answerVerb(await inventory.phones.rewrite(text, change, profiles, expected)));
    },
  }),
  apiRoute({
    method: "DELETE",
    path: "/devices/:mac",
    id: "removeDevice",
    tag,
    summary: "Forget a phone; its trace stays",
    role: "engineer",
    params,
    status: 204,
    problems: ["precondition-failed"],
    async handle({ inventory, params: { mac: text }, expected }) {
      answerVerb(await inventory.phones.remove(text, expected));
      return {};
    },
  }),
];
