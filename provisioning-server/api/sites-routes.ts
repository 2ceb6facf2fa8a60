import { Type } from "typebox";
import { Phonebook } from "../../protocol/phonebook.ts";
import type { Site } from "../../protocol/site.ts";
import { done } from "../inventory/flaw.ts";
import type { SiteDocument, SiteWithRevision } from "../inventory/site-verbs.ts";
import { Problem } from "../problem.ts";
import { answerVerb } from "./answer-verb.ts";
import { apiRoute, type ApiReply } from "./api-route.ts";
import { patched } from "./patched.ts";
import { pageOf, pageQuery, readPage } from "./page.ts";
import { NewSite, SiteBody, SiteView, WindowBody } from "./schemas.ts";

const tag = "sites";
const params = Type.Object({ site: Type.String({ pattern: "^[a-z0-9-]{1,40}$" }) });
const example = {
  id: "berlin",
  tenant: "default",
  name: "Berlin office",
  networks: ["10.1.2.0/24"],
  settings: { line: { server: { host: "pbx.example" } } },
  revision: 1,
};
const { tenant: _tenant, revision: _revision, ...written } = example;
const { id: _id, ...body } = written;

const view = ({ site, revision }: SiteWithRevision) => ({ ...site, revision });
const replyOf = (stored: SiteWithRevision): ApiReply => ({ body: view(stored), revision: stored.revision });

function documentOf(body: Partial<SiteDocument>, id: string): SiteDocument {
  const { name = id, networks = [], settings = {}, clearDoors } = body;
  return { name, networks, settings, ...(clearDoors === undefined ? {} : { clearDoors }) };
}

function bodyOf({ name, networks, clearDoors, settings }: Site): SiteDocument {
  return documentOf({ name, networks, settings, ...(clearDoors === undefined ? {} : { clearDoors }) }, name);
}

export const siteRoutes = [
  apiRoute({
    method: "GET",
    path: "/sites",
    id: "listSites",
    tag,
    summary: "Sites, by id",
    role: "viewer",
    query: Type.Object(pageQuery),
    status: 200,
    reply: pageOf(SiteView),
    replyExample: { items: [example] },
    problems: [],
    async handle({ inventory, query }) {
      const read = (after: string | undefined, limit: number) => inventory.sites.page(after, limit);
      const { items, ...rest } = await readPage(query, read, ({ site }) => site.id);
      return { body: { items: items.map(view), ...rest } };
    },
  }),
  apiRoute({
    method: "POST",
    path: "/sites",
    id: "createSite",
    tag,
    summary: "Make a site",
    role: "engineer",
    body: NewSite,
    bodyExample: written,
    status: 201,
    reply: SiteView,
    replyExample: example,
    problems: ["conflict", "rule-violated"],
    async handle({ inventory, body: { id, ...rest } }) {
      const stored = answerVerb(await inventory.sites.create(id, documentOf(rest, id)));
      return { ...replyOf(stored), location: `/sites/${id}` };
    },
  }),
  apiRoute({
    method: "GET",
    path: "/sites/:site",
    id: "getSite",
    tag,
    summary: "One site; secrets are dots",
    role: "viewer",
    params,
    status: 200,
    reply: SiteView,
    replyExample: example,
    problems: [],
    handle: async ({ inventory, params: { site } }) =>
      replyOf(answerVerb(await inventory.sites.withRevision(site))),
  }),
  apiRoute({
    method: "PUT",
    path: "/sites/:site",
    id: "replaceSite",
    tag,
    summary: "Replace a site; dots keep the secret that is there",
    role: "engineer",
    params,
    body: SiteBody,
    bodyExample: body,
    status: 200,
    reply: SiteView,
    replyExample: example,
    problems: ["precondition-failed", "rule-violated"],
    handle: async ({ inventory, params: { site }, body: given, expected }) =>
      replyOf(answerVerb(await inventory.sites.rewrite(site, () => done(documentOf(given, site)), expected))),
  }),
  apiRoute({
    method: "PATCH",
    path: "/sites/:site",
    id: "changeSite",
    tag,
    summary: "Change parts of a site (JSON Merge Patch, RFC 7396)",
    role: "engineer",
    params,
    body: Type.Record(Type.String(), Type.Unknown()),
    bodyExample: { name: "Berlin, second floor", settings: { time: { zone: "Europe/Berlin" } } },
    status: 200,
    reply: SiteView,
    replyExample: example,
    problems: ["precondition-failed", "rule-violated"],
    handle: async ({ inventory, params: { site }, body: patch, expected }) =>
      replyOf(
        answerVerb(
          await inventory.sites.rewrite(
            site,
            (known) => done(documentOf(patched(SiteBody, bodyOf(known), patch), site)),
            expected,
          ),
        ),
      ),
  }),
  apiRoute({
    method: "DELETE",
    path: "/sites/:site",
    id: "removeSite",
    tag,
    summary: "Forget a site that has no phones",
    role: "engineer",
    params,
    status: 204,
    problems: ["precondition-failed", "rule-violated"],
    async handle({ inventory, params: { site }, expected }) {
      answerVerb(await inventory.sites.remove(site, expected));
      return {};
    },
  }),
  apiRoute({
    method: "PUT",
    path: "/sites/:site/window",
    id: "openWindow",
    tag,
    summary: "Let known phones claim their config from the site's networks, until a time",
    role: "operator",
    params,
    body: WindowBody,
    bodyExample: { until: 1_800_000_000_000 },
    status: 200,
    reply: SiteView,
    replyExample: example,
    problems: ["rule-violated"],
    async handle({ inventory, params: { site }, body: { until } }) {
      answerVerb(await inventory.openWindow(site, until));
      const detail = `until ${new Date(until).toISOString()}`;
      return { ...replyOf(answerVerb(await inventory.sites.withRevision(site))), detail };
    },
  }),
  apiRoute({
    method: "DELETE",
    path: "/sites/:site/window",
    id: "closeWindow",
    tag,
    summary: "Close the site's window",
    role: "operator",
    params,
    status: 204,
    problems: [],
    async handle({ inventory, params: { site } }) {
      answerVerb(await inventory.openWindow(site, undefined));
      return {};
    },
  }),
  ...phonebookRoutes(),
];

function phonebookRoutes() {
  const book = {
    name: "Berlin",
    entries: [{ name: "Reception", numbers: [{ kind: "work", number: "200" }] }],
  };
  return [
    apiRoute({
      method: "GET",
      path: "/sites/:site/phonebook",
      id: "getPhonebook",
      tag: "phonebooks",
      summary: "The phonebook that a site's phones fetch",
      role: "viewer",
      params,
      status: 200,
      reply: Phonebook,
      replyExample: book,
      problems: [],
      async handle({ inventory, params: { site } }) {
        const found = answerVerb(await inventory.phonebook(site));
        if (found === undefined) throw new Problem("not-found", "There is no such thing.");
        return { body: found };
      },
    }),
    apiRoute({
      method: "PUT",
      path: "/sites/:site/phonebook",
      id: "replacePhonebook",
      tag: "phonebooks",
      summary: "Store the phonebook of a site",
      role: "engineer",
      params,
      body: Phonebook,
      bodyExample: book,
      status: 200,
      reply: Phonebook,
      replyExample: book,
      problems: [],
      async handle({ inventory, params: { site }, body: given }) {
        const detail = `${given.entries.length} entries`;
        return { body: answerVerb(await inventory.replacePhonebook(site, given)), detail };
      },
    }),
    apiRoute({
      method: "DELETE",
      path: "/sites/:site/phonebook",
      id: "removePhonebook",
      tag: "phonebooks",
      summary: "Take the phonebook of a site out",
      role: "engineer",
      params,
      status: 204,
      problems: [],
      async handle({ inventory, params: { site } }) {
        answerVerb(await inventory.replacePhonebook(site, undefined));
        return {};
      },
    }),
  ];
}
