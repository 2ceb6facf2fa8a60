import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fastify, { type FastifyInstance, type LightMyRequestResponse } from "fastify";
import { ApiAccess } from "../../../provisioning-server/api/api-access.ts";
import { registerApi } from "../../../provisioning-server/api/register-api.ts";
import type { Inventory } from "../../../provisioning-server/inventory/inventory.ts";
import { SignIn } from "../../../provisioning-server/noc/sign-in.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import type { Profiles } from "../../../provisioning-server/profiles/profiles.ts";
import { Staff, type Role } from "../../../provisioning-server/store/staff.ts";
import { openSample } from "../inventory/sample.ts";

export interface AskOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiUnderTest extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly inventory: Inventory;
  readonly clock: { at: number };
  readonly abuse: string[];
  /** A token of this role. */
  token(role: Role, tenant?: string): Promise<string>;
  /** A cookie of a member of this role. */
  cookie(role: Role, tenant?: string): Promise<string>;
  /** `GET /sites` and the like, below /api/v1. */
  ask(what: string, options?: AskOptions): Promise<LightMyRequestResponse>;
}

/** Read once for all tests of a file. */
let loaded: Promise<Profiles> | undefined;

/** The API over an inventory of its own: tenants `default` and `acme`, each with a site and a phone. */
export async function apiUnderTest(): Promise<ApiUnderTest> {
  loaded ??= loadProfiles(fileURLToPath(new URL("../../../firmware-profiles", import.meta.url)));
  const sample = await openSample({ at: 1_750_000_000_000 }, () => loaded ?? assert.fail());
  const { inventory, clock } = sample;
  const signIn = new SignIn(new Staff(inventory.store), () => clock.at);
  const abuse: string[] = [];
  const app = fastify();
  const errors: unknown[] = [];
  registerApi(app, {
    inventory,
    signIn,
    version: "1.0.0",
    log: { error: (fields) => void errors.push(fields.err) },
    onAbuse: (kind, address) => abuse.push(`${kind} ${address}`),
  });
  await app.ready();
  assert.ok((await inventory.tenants.add({ id: "acme", name: "Acme" })).ok);
  await addPhone(inventory, "berlin", "805ec0010001");
  await addPhone(inventory.ofTenant("acme"), "hq", "805ec0020001");
  return {
    app,
    inventory,
    clock,
    abuse,
    async token(role, tenant = "default") {
      const access = new ApiAccess(inventory.store);
      const made = await access.create({ tenant, name: role, role, days: 1, madeBy: "test" });
      return made.secret.reveal();
    },
    async cookie(role, tenant = "default") {
      const member = await signIn.putAccount({ tenant, login: role, name: role, role });
      const link = await signIn.createLink(member);
      const result = await signIn.byLink(link);
      assert.ok(result.outcome === "ok");
      return `__Host-offhook=${result.token.reveal()}`;
    },
    async ask(what, { token, body, headers } = {}) {
      const [method = "", path = ""] = what.split(" ");
      const reply = await app.inject({
        method: method as "GET",
        url: `/api/v1${path}`,
        headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      assert.deepEqual(errors, [], "a bug of ours");
      return reply;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await sample[Symbol.asyncDispose]();
    },
  };
}

async function addPhone(inventory: Inventory, site: string, mac: string): Promise<void> {
  assert.ok((await inventory.addSite({ id: site, networks: ["10.1.2.0/24"] })).ok);
  const settings = [
    { path: "line1.user", text: "201" },
    { path: "line1.password", text: "planted-secret" },
  ];
  assert.ok((await inventory.addPhone({ mac, model: "T46U", site, settings })).ok);
}
