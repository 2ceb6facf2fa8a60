import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../../../protocol/answer.ts";
import type { Observation } from "../../../protocol/observation.ts";
import type { PhoneRequest } from "../../../protocol/phone-request.ts";
import { PhoneStory } from "../../../provisioning-server/inventory/phone-story.ts";
import { CurrentObservations } from "../../../provisioning-server/store/observations.ts";
import { uuidV7 } from "../../../provisioning-server/uuid-v7.ts";
import { openSample } from "./sample.ts";

const at = 1_750_000_000_000;
const mac = "805ec0010001";
const sent = { status: 404, bytes: 9, ms: 30 };
const address = "10.1.2.3";

function request(more: Partial<PhoneRequest> = {}): PhoneRequest {
  return { id: uuidV7(at), via: "https", method: "GET", path: `/${mac}.cfg`, address, at, ...more };
}
const unknown = (): Answer => ({
  outcome: "unknown-device",
  identity: { file: "config", mac, vendor: "yealink", model: "T46U", firmware: "108.86.0.20" },
  reason: "Nobody registered it.",
  remedy: "Add it.",
});
const file = (firmware: string): Answer => ({
  outcome: "file",
  identity: { file: "config", mac, vendor: "yealink", model: "T46U", firmware },
  claim: "token",
  file: {
    name: "a",
    contentType: "text/plain",
    body: Buffer.from("a"),
    etag: '"0123456789abcdef"',
    secret: true,
  },
});
const sees = (port: string, key: string, value: string): Observation => ({
  probe: "poe-ports",
  subject: `port:${port}`,
  key,
  value,
  at,
  outcome: "ok",
});

async function opened() {
  const sample = await openSample({ at });
  assert.ok((await sample.inventory.addSite({ id: "berlin", networks: ["10.1.2.0/24"] })).ok);
  const crashes: unknown[] = [];
  const recorder = sample.inventory.recorder((error) => crashes.push(error));
  const see = (...facts: Observation[]) =>
    new CurrentObservations(sample.inventory.store).put(
      { tenant: "default", site: "berlin" },
      "agent",
      facts,
    );
  return Object.assign(sample, { recorder, crashes, see, story: new PhoneStory(sample.inventory) });
}

test("a phone that asked unasked is listed with its switch port, and adopted in one step", async () => {
  await using sample = await opened();
  const { inventory, recorder, story, see } = sample;
  for (const minute of [0, 1, 2]) recorder.record(request({ at: at + minute }), unknown(), sent);
  await recorder.flush();
  await see(sees("sw1/7", "port.phone", mac), sees("sw1/7", "port.phone.model", "T46U"));
  const [stranger, ...more] = await story.strangers();
  assert.deepEqual(more, []);
  assert.deepEqual(
    [stranger?.mac, stranger?.vendor, stranger?.model, stranger?.site, stranger?.times, stranger?.address],
    [mac, "yealink", "T46U", "berlin", 3, address],
  );
  assert.deepEqual(
    stranger?.places.map(({ port }) => port),
    ["sw1/7"],
  );
  const adopted = await story.adopt("80:5e:c0:01:00:01", { settings: [{ path: "line1.user", text: "201" }] });
  assert.ok(adopted.ok, JSON.stringify(adopted));
  assert.deepEqual([adopted.value.device.model, adopted.value.device.port], ["T46U", "sw1/7"]);
  assert.deepEqual(await story.strangers(), []);
  const shown = await inventory.showPhone(mac);
  assert.ok(shown.ok);
  assert.equal(shown.value.device.port, "sw1/7", "kept by the store");
  const again = await story.adopt(mac);
  assert.equal(again.ok, false);
  assert.deepEqual(sample.crashes, []);
});

test("a MAC on two ports is adopted without a port", async () => {
  await using sample = await opened();
  sample.recorder.record(request(), unknown(), sent);
  await sample.recorder.flush();
  await sample.see(sees("sw1/7", "port.phone", mac), sees("sw1/8", "port.phone", mac));
  const adopted = await sample.story.adopt(mac);
  assert.ok(adopted.ok);
  assert.equal(adopted.value.device.port, undefined);
});

test("timeline() tells requests, enrolment, firmware and failed handshakes in one order", async () => {
  await using sample = await opened();
  const { inventory, recorder, story } = sample;
  assert.ok((await inventory.addPhone({ mac, model: "T46U" })).ok);
  recorder.record(request(), file("108.86.0.20"), { status: 200, bytes: 1, ms: 1 });
  recorder.record(request({ at: at + 1000 }), file("108.86.0.90"), { status: 200, bytes: 1, ms: 1 });
  await recorder.flush();
  recorder.tlsError(at + 2000, "https", address, "The phone does not know the CA.");
  await recorder.flush();
  assert.ok((await story.enrol(mac, { kind: "re-enrol" })).ok);
  const steps = await story.timeline(mac, 20);
  assert.ok(steps.ok);
  const told = steps.value
    .toReversed()
    .map((step) => (step.kind === "request" ? (step.words.reason ?? step.words.answered) : step.sentence));
  for (const part of [
    "expected → secret-issued: the phone got its secrets",
    "version 01234567 of revision 1",
    "firmware 108.86.0.20 → 108.86.0.90",
    "Matched by its address, where only this phone was seen",
    "its old token is worth nothing",
  ])
    assert.ok(
      told.some((line) => line.includes(part)),
      `${part}\n${told.join("\n")}`,
    );
  const phone = await inventory.showPhone(mac);
  assert.ok(phone.ok);
  assert.deepEqual([phone.value.device.state, phone.value.device.tokenGeneration], ["expected", 2]);
});

test("a failed handshake where several phones were seen is told of each, as what it is", async () => {
  await using sample = await opened();
  const { inventory, recorder, story } = sample;
  const other = "805ec0010002";
  for (const each of [mac, other]) {
    assert.ok((await inventory.addPhone({ mac: each, model: "T46U" })).ok);
    const answer = file("1");
    recorder.record(request(), { ...answer, identity: { ...answer.identity, mac: each } }, sent);
  }
  await recorder.flush();
  recorder.tlsError(at + 1, "https", address, "It hung up.");
  await recorder.flush();
  for (const each of [mac, other]) {
    const steps = await story.timeline(each, 20);
    assert.ok(steps.ok);
    const failed = steps.value.find((step) => step.kind === "request" && step.entry.outcome === "tls-error");
    assert.match(
      failed?.kind === "request" ? (failed.words.reason ?? "") : "",
      /it may be another phone there/,
    );
  }
});
