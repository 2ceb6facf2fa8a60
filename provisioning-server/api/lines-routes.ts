import { Type } from "typebox";
import type { Device } from "../../protocol/device.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { done } from "../inventory/flaw.ts";
import { Problem } from "../problem.ts";
import { answerVerb } from "./answer-verb.ts";
import { apiRoute, type ApiReply } from "./api-route.ts";
import { macParams } from "./device-example.ts";
import { pageOf, pageQuery, readPage } from "./page.ts";
import { LineBody, LineView } from "./schemas.ts";

const tag = "lines";
const params = Type.Object({
  ...macParams.properties,
  line: Type.Integer({ minimum: 1, maximum: 100, description: "1-based" }),
});
const example = { mac: "805ec0010001", index: 1, settings: { user: "201", password: "••••" } };

type LineOfDevice = Device["lines"][number] & { readonly mac: string };

const linesOf = ({ mac, lines }: Device): LineOfDevice[] => lines.map((line) => ({ mac, ...line }));
const keyOf = ({ mac, index }: LineOfDevice) => `${mac} ${String(index).padStart(3, "0")}`;

/** Lines after a key, in the order of phones and numbers; phones are read by the page until there are enough. */
async function linesAfter(inventory: Inventory, after: string | undefined, limit: number) {
  const found: LineOfDevice[] = [];
  const [mac] = after?.split(" ") ?? [];
  if (mac !== undefined) {
    const phone = await inventory.phones.show(mac);
    if (phone.ok) found.push(...linesOf(phone.value.device).filter((line) => keyOf(line) > (after ?? "")));
  }
  let from = mac;
  while (found.length < limit) {
    const devices = await inventory.phones.page({}, from, limit);
    found.push(...devices.flatMap((device) => linesOf(device)));
    from = devices.at(-1)?.mac;
    if (devices.length < limit) break;
  }
  return found.slice(0, limit);
}

function lineReply(device: Device, index: number): ApiReply {
  const line = linesOf(device).find((each) => each.index === index);
  if (line === undefined) throw new Problem("not-found", "There is no such thing.");
  return { body: line, revision: device.revision };
}

export const lineRoutes = [
  apiRoute({
    method: "GET",
    path: "/lines",
    id: "listLines",
    tag,
    summary: "Lines of all phones, by MAC and number; secrets are dots",
    role: "viewer",
    query: Type.Object(pageQuery),
    status: 200,
    reply: pageOf(LineView),
    replyExample: { items: [example] },
    problems: [],
    handle: async ({ inventory, query }) => ({
      body: await readPage(query, (after, limit) => linesAfter(inventory, after, limit), keyOf),
    }),
  }),
  apiRoute({
    method: "GET",
    path: "/devices/:mac/lines/:line",
    id: "getLine",
    tag,
    summary: "One line of a phone; secrets are dots",
    role: "viewer",
    params,
    status: 200,
    reply: LineView,
    replyExample: example,
    problems: [],
    handle: async ({ inventory, params: { mac, line } }) =>
      lineReply(answerVerb(await inventory.phones.show(mac)).device, line),
  }),
  apiRoute({
    method: "PUT",
    path: "/devices/:mac/lines/:line",
    id: "replaceLine",
    tag,
    summary: "Make or replace a line of a phone; dots keep the secret that is there",
    role: "engineer",
    params,
    body: LineBody,
    bodyExample: { settings: { user: "201", password: "a-long-one" } },
    status: 200,
    reply: LineView,
    replyExample: example,
    problems: ["precondition-failed", "rule-violated"],
    async handle({ inventory, params: { mac, line: index }, body: { settings }, expected }) {
      const change = (known: Device) => {
        const others = known.lines.filter((line) => line.index !== index);
        return done({
          ...known,
          lines: [...others, { index, settings }].toSorted((a, b) => a.index - b.index),
        });
      };
      const profiles = await inventory.profiles();
      const plan = answerVerb(await inventory.phones.rewrite(mac, change, profiles, expected));
      return lineReply(plan.device, index);
    },
  }),
  apiRoute({
    method: "DELETE",
    path: "/devices/:mac/lines/:line",
    id: "removeLine",
    tag,
    summary: "Take a line off a phone",
    role: "engineer",
    params,
    status: 204,
    problems: ["precondition-failed"],
    async handle({ inventory, params: { mac, line: index }, expected }) {
      lineReply(answerVerb(await inventory.phones.show(mac)).device, index);
      const change = (known: Device) =>
        done({ ...known, lines: known.lines.filter((line) => line.index !== index) });
      const profiles = await inventory.profiles();
      answerVerb(await inventory.phones.rewrite(mac, change, profiles, expected));
      return {};
    },
  }),
];
