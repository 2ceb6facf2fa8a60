import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { CommandWait } from "../../../provisioning-server/reports/command-wait.ts";
import { Commands } from "../../../provisioning-server/store/commands.ts";
import { enrolled, openServer } from "./agent-side.ts";

const never = new AbortController().signal;
const wish = { kind: "probe-now", plan: "sw1" } as const;
const about = { subject: "switch:sw1", wish, detail: "look", who: "anna", address: "192.0.2.1" };

test("an agent gets its commands, tells what came of each, and nobody else can", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  const commands = new Commands(server.store);
  deepEqual((await side.call("GET", "/v1/agent/commands")).json, { commands: [] });
  const id = await commands.order({ ...about, agent: { tenant: "default", agent: side.agentId } });
  deepEqual((await side.call("GET", "/v1/agent/commands?wait=50")).json, { commands: [{ ...wish, id }] });
  const result = { outcome: "done", sentence: "Looked." };
  const other = await enrolled(server);
  equal((await other.call("POST", `/v1/agent/commands/${id}`, result)).slug, "not-found");
  const odd = { outcome: "perhaps", sentence: "x" };
  equal((await side.call("POST", `/v1/agent/commands/${id}`, odd)).slug, "invalid-request");
  equal((await side.call("POST", `/v1/agent/commands/${id}`, result)).status, 204);
  equal((await side.call("POST", `/v1/agent/commands/${id}`, result)).slug, "not-found");
  equal((await commands.find("default", id ?? ""))?.state, "done");
  side.token = "";
  equal((await side.call("GET", "/v1/agent/commands")).slug, "unauthenticated");
  await server.app.close();
});

test("a question is held open until there is a command, until the time is over, and no longer than the server lives", async () => {
  const server = await openServer();
  const commands = new Commands(server.store);
  const wait = new CommandWait(commands);
  const agent = { tenant: "default", agent: "agent-0001" };
  deepEqual(await wait.take(agent, 0, never), []);
  deepEqual(await wait.take(agent, 20, never), []);
  const asked = wait.take(agent, 60_000, never);
  const id = await commands.order({ ...about, agent });
  wait.ring();
  deepEqual(await asked, [{ ...wish, id }]);
  const left = new AbortController();
  const given = wait.take(agent, 60_000, left.signal);
  left.abort();
  deepEqual(await given, []);
  // Ordered while somebody hangs up: it must not be handed to nobody.
  const gone = new AbortController();
  gone.abort();
  await commands.order({ ...about, agent, subject: "switch:sw2" });
  deepEqual(await wait.take(agent, 60_000, gone.signal), []);
  equal(await commands.isWaiting(agent), true);
  await wait.take(agent, 0, never);
  const last = wait.take(agent, 60_000, never);
  wait.close();
  deepEqual(await last, []);
  await server.app.close();
});
