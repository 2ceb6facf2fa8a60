import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { registerAccount } from "../fakes/sip-client.ts";
import { selfSigned } from "../fakes/self-signed.ts";
import { freePort } from "./free-port.ts";
import { forbiddenDomain, overloadedUser, startKamailio, type Kamailio } from "./kamailio.ts";
import { rangeSkip } from "./network.ts";
import { sipLook } from "./sip-look.ts";

const skip = rangeSkip("kamailio");
const users = { "1001": "made-up-1001", "1002": "made-up-1002" };
process.env["KAMAILIO_RIGHT"] = users["1001"];
process.env["KAMAILIO_WRONG"] = "not it";

describe("kamailio", { skip, timeout: 60_000 }, () => {
  let kamailio: Kamailio;
  let port = 0;
  let tlsPort = 0;

  before(async () => {
    [port, tlsPort] = [await freePort(), await freePort()];
    const dates = { from: new Date(Date.now() - 86_400_000), to: new Date(Date.now() + 30.5 * 86_400_000) };
    const certificate = await selfSigned([{ type: "dns", value: "pbx.example" }], dates);
    kamailio = await startKamailio({ port, tls: { port: tlsPort, ...certificate }, users });
  });
  after(() => kamailio.stop());

  for (const transport of ["udp", "tcp"] as const) {
    test(`answers OPTIONS over ${transport} with 200`, async () => {
      const { value, find } = await sipLook(`127.0.0.1:${port}`, { transport });
      assert.equal(value("sip.code"), 200);
      assert.match(String(value("sip.server")), /kamailio/i);
      assert.equal(value("sip.auth.stage"), "none");
      assert.deepEqual(value("sip.defects"), []);
      assert.equal(find("sip.rtt")?.outcome, "ok");
      assert.equal(typeof value("sip.via.rport"), "number");
      assert.ok(kamailio.log.some((line) => line.includes(`from ${transport} 127.0.0.1`)));
    });
  }

  test("answers OPTIONS over TLS, and its certificate is read", async () => {
    const { value } = await sipLook(`127.0.0.1:${tlsPort}`, { transport: "tls", domain: "pbx.example" });
    assert.equal(value("sip.code"), 200);
    assert.equal(value("tls.nameMatch"), true);
    assert.equal(value("tls.daysLeft"), 30);
    assert.equal(value("tls.chain"), "DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  test("refuses a domain with 403 before any challenge", async () => {
    const { value } = await sipLook(`127.0.0.1:${port}`, { domain: forbiddenDomain });
    assert.deepEqual([value("sip.code"), value("sip.auth.stage")], [403, "none"]);
  });

  test("answers 503 with Retry-After for one user", async () => {
    const { value } = await sipLook(`127.0.0.1:${port}`, { user: overloadedUser });
    assert.deepEqual([value("sip.code"), value("sip.retryAfter")], [503, 30]);
  });

  test("answers large requests over UDP", async () => {
    assert.equal((await sipLook(`127.0.0.1:${port}`, { large: true })).value("sip.large"), true);
  });

  test("registers an account, and refuses a wrong password", async () => {
    for (const transport of ["udp", "tcp"] as const) {
      const account = { server: { address: "127.0.0.1", port, transport }, user: "1001" };
      const signal = AbortSignal.timeout(30_000);
      await using right = await registerAccount({ ...account, password: users["1001"] }, signal);
      assert.equal(right.result.code, 200, transport);
      await using wrong = await registerAccount({ ...account, password: "not it" }, signal);
      assert.equal(wrong.result.code, 401, transport);
    }
  });
});

for (const algorithm of ["MD5", "SHA-256"] as const) {
  test(`kamailio asks OPTIONS for a login by ${algorithm}`, { skip, timeout: 60_000 }, async (t) => {
    const port = await freePort();
    const kamailio = await startKamailio({ port, users, algorithm, loginForOptions: true });
    t.after(() => kamailio.stop());
    const stage = async (settings: Record<string, unknown>) => {
      const { value } = await sipLook(`127.0.0.1:${port}`, settings);
      return [value("sip.code"), value("sip.auth.stage")];
    };
    assert.deepEqual(await stage({}), [401, "challenged"]);
    assert.deepEqual(await stage({ authUser: "1001", passwordFrom: "env:KAMAILIO_RIGHT" }), [200, "ok"]);
    assert.deepEqual(await stage({ authUser: "1001", passwordFrom: "env:KAMAILIO_WRONG" }), [401, "refused"]);
    assert.deepEqual(await stage({ authUser: "1009", passwordFrom: "env:KAMAILIO_RIGHT" }), [401, "refused"]);
  });
}
