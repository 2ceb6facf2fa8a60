import { equal } from "node:assert/strict";
import { test } from "node:test";
import fastify from "fastify";
import { type HealthCheck, Readiness, registerHealthRoutes } from "../../provisioning-server/health.ts";

const well = (name: string): HealthCheck => ({ name, run: async () => undefined });

function appWith(checks: readonly HealthCheck[], clock = { now: 0 }) {
  const readiness = new Readiness(checks, () => clock.now);
  const app = fastify();
  registerHealthRoutes(app, readiness);
  return { app, readiness, clock };
}

test("/livez is ok whatever the checks say", async () => {
  const { app } = appWith([{ name: "store", run: async () => "gone" }]);
  const reply = await app.inject("/livez");
  equal(reply.statusCode, 200);
  equal(reply.body, "ok\n");
});

test("/readyz is 200 when all is well and 503 with the reasons when not", async () => {
  const bad: HealthCheck = { name: "disk", run: async () => "3 % free" };
  const thrown: HealthCheck = {
    name: "store",
    async run() {
      throw new Error("locked");
    },
  };
  const { app } = appWith([well("schema"), bad, thrown]);
  const reply = await app.inject("/readyz?verbose");
  equal(reply.statusCode, 503);
  equal(reply.body, "[+]schema ok\n[-]disk 3 % free\n[-]store Error: locked\n[+]draining ok\nnot ready\n");
  const without = await app.inject("/readyz?exclude=disk&exclude=store");
  equal(without.statusCode, 200);
  equal(without.body, "ok\n");
});

test("/readyz is 503 at once when the server drains", async () => {
  const { app, readiness } = appWith([well("store")]);
  equal((await app.inject("/readyz")).statusCode, 200);
  readiness.drain();
  equal((await app.inject("/readyz")).statusCode, 503);
});

test("/readyz asks each check once a second at most", async () => {
  let asked = 0;
  const { app, clock } = appWith([
    {
      name: "store",
      async run() {
        asked += 1;
        return undefined;
      },
    },
  ]);
  await app.inject("/readyz");
  await app.inject("/readyz");
  equal(asked, 1);
  clock.now += 1000;
  await app.inject("/readyz");
  equal(asked, 2);
});
