import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { startOffhook } from "../../end-to-end/offhook.ts";
import { publishOf } from "../../fakes/quality-phone.ts";

/** Sends one datagram and waits for its answer. */
async function ask(t: TestContext, text: string, port: number): Promise<string> {
  const phone = createSocket("udp4");
  t.after(() => phone.close());
  const answer = once(phone, "message");
  phone.send(text, port, "127.0.0.1");
  const [bytes] = (await answer) as [Buffer];
  return bytes.toString();
}

test("offhook diag quality --listen: a line for each call as it ends, a sum and findings at the end", async (t) => {
  await using listening = startOffhook(["diag", "quality", "--listen", "127.0.0.1:0"]);
  const said = await listening.line(/^listening on/);
  const port = Number(/:(\d+) \(/.exec(said)?.[1]);
  assert.match(await ask(t, publishOf({ loss: 5.5 }), port), /^SIP\/2\.0 200 /);
  const line = await listening.line(/1001 → 1002/);
  assert.match(line, /phone 805ec0010001.*heard MOS 3\.1, loss 5\.5 %, jitter 7 ms.*sent MOS 4\.3/);
  assert.match(await ask(t, publishOf({ event: "presence" }), port), /^SIP\/2\.0 489 /);
  listening.child.kill("SIGINT");
  assert.equal(await listening.ended(), 4);
  assert.match(listening.talk(), /1 reports taken, 1 refused, 0 from elsewhere/);
  assert.match(listening.output(), /phone-receives-loss/);
});

test("offhook mirror --identity: says of a test call that signs its number whether it holds", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-mirror-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = join(folder, "key.pem");
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }));
  const words = ["mirror", "--address", "127.0.0.1", "--sip-port", "0", "--identity"];
  await using mirror = startOffhook([...words, "--rtp-ports", "42000-42099"]);
  const port = /SIP on UDP (\d+)/.exec(await mirror.line(/SIP on UDP/))?.[1] ?? "";
  // Nobody serves a certificate there: what is said is that it cannot be had.
  const signed = ["--identity-key-from", `file:${key}`, "--identity-url", "https://127.0.0.1/sti.pem"];
  const target = `+4940123@127.0.0.1:${port}`;
  await using call = startOffhook([
    "diag",
    "call",
    target,
    "--user",
    "+4930567",
    "--seconds",
    "0.1",
    ...signed,
  ]);
  assert.match(
    await mirror.line(/^call .*caller/),
    /caller 4930567, attestation A, signed \d+ s ago, certificate 127\.0\.0\.1 is at a private address/,
  );
  await call.ended();
});
