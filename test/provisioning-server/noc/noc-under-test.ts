import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from "fastify";
import { type Noc, buildNoc } from "../../../provisioning-server/noc/build-noc.ts";
import { defaultIncidentPolicy } from "../../../provisioning-server/noc/incidents.ts";
import { openStore, type StoreHandle } from "../../../provisioning-server/store/open-store.ts";
import type { Role } from "../../../provisioning-server/store/staff.ts";
import { SampleSources } from "./sample-sources.ts";

export interface NocUnderTest {
  readonly noc: Noc;
  readonly app: FastifyInstance;
  readonly store: StoreHandle;
  readonly sources: SampleSources;
  readonly clock: { now: number };
  readonly abuse: string[];
  /** Two looks, a second apart, of whatever the sources find: enough to open. */
  lookTwice(): Promise<void>;
  /** A session cookie. */
  cookie(role: Role): Promise<string>;
  /** As the page's own script would ask. */
  ask(cookie: string, request: InjectOptions): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

export const ownWrite = {
  origin: "https://noc.example",
  host: "noc.example",
  "sec-fetch-site": "same-origin",
};

export async function nocUnderTest(): Promise<NocUnderTest> {
  const clock = { now: 1_750_000_000_000 };
  const now = (): number => clock.now;
  const store = await openStore({ path: ":memory:", now });
  const sources = new SampleSources(now);
  const folder = await mkdtemp(join(tmpdir(), "offhook-page-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>page</title>");
  await writeFile(join(folder, "sign-in.html"), "<!doctype html><!--notice--><form></form>");
  await writeFile(join(folder, "assets", "main-1.js"), "1;");
  const abuse: string[] = [];
  const errors: unknown[] = [];
  const noc = await buildNoc({
    store,
    sources,
    now,
    policy: defaultIncidentPolicy,
    pageFolder: folder,
    coalesce: 1,
    onAbuse: (kind, address) => abuse.push(`${kind} ${address}`),
    onError: (error) => errors.push(error),
  });
  const app = fastify({ forceCloseConnections: true });
  noc.register(app);
  await app.ready();
  return {
    noc,
    app,
    store,
    sources,
    clock,
    abuse,
    async lookTwice() {
      for (let times = 0; times < 2; times += 1) {
        clock.now += 1000;
        sources.look();
        await noc.board.look();
      }
    },
    async cookie(role) {
      const member = await noc.signIn.putAccount({ tenant: "default", login: role, name: `A ${role}`, role });
      const token = await noc.signIn.createLink(member);
      const reply = await app.inject({
        method: "GET",
        url: `/sign-in/link/${token.reveal()}`,
        headers: { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
      });
      return String(reply.headers["set-cookie"]).split(";", 1)[0] ?? "";
    },
    ask(cookie, request) {
      return app.inject({ ...request, headers: { cookie, ...ownWrite, ...request.headers } });
    },
    async close() {
      await app.close();
      await store.close();
      await rm(folder, { recursive: true });
      if (errors.length > 0) throw new AggregateError(errors, "the NOC reported errors");
    },
  };
}
