import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../agent/io/clock.ts";
import { resolve } from "../../agent/io/resolve.ts";
import { openStream } from "../../agent/io/stream/stream.ts";
import { openUdp } from "../../agent/io/udp/udp.ts";
import { registration } from "../../agent/probes/registration.ts";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import { registerAccount } from "../fakes/sip-client.ts";
import { freePort } from "./free-port.ts";
import { kamailioRealm, startKamailio } from "./kamailio.ts";
import { rangeSkip } from "./network.ts";

const skip = rangeSkip("kamailio");
const users = { "1001": "made-up-1001", "1002": "made-up-1002" };
process.env["REGISTRATION_RIGHT"] = users["1001"];
process.env["REGISTRATION_WRONG"] = "not it";
const io = { clock: systemClock, openUdp, openStream, resolve, say: () => undefined };

async function look(port: number, settings: Record<string, unknown>) {
  const whole = { user: "1001", domain: kamailioRealm, passwordFrom: "env:REGISTRATION_RIGHT", ...settings };
  const checked = Value.Parse(registration.settings, Value.Default(registration.settings, whole));
  const observations = await registration.run(`127.0.0.1:${port}`, checked, io, AbortSignal.timeout(30_000));
  return (key: ObservationKey) => observations.find((each) => each.key === key)?.value;
}

for (const algorithm of ["MD5", "SHA-256"] as const) {
  test(
    `kamailio: register, refresh and remove by ${algorithm}; two devices; refused logins`,
    { skip, timeout: 60_000 },
    async (t) => {
      const port = await freePort();
      const kamailio = await startKamailio({ port, users, algorithm });
      t.after(() => kamailio.stop());
      const good = await look(port, { second: true });
      assert.deepEqual([good("sip.code"), good("sip.auth.stage")], [200, "ok"]);
      assert.deepEqual(good("sip.auth.algorithms"), [algorithm]);
      assert.equal(good("reg.expires"), 300);
      assert.deepEqual([good("reg.refresh"), good("reg.remove"), good("reg.second")], [200, 200, "both"]);
      assert.equal((await look(port, { transport: "tcp" }))("reg.remove"), 200);
      const wrong = await look(port, { passwordFrom: "env:REGISTRATION_WRONG" });
      assert.deepEqual([wrong("sip.auth.stage"), wrong("sip.auth.cause")], ["refused", "server-record"]);
      const login = await look(port, { authUser: "1009" });
      assert.deepEqual([login("sip.auth.stage"), login("sip.auth.cause")], ["refused", "user"]);
      const phone = {
        server: { address: "127.0.0.1", port },
        domain: kamailioRealm,
        user: "1001",
        password: users["1001"],
      };
      await using _phone = await registerAccount(phone, AbortSignal.timeout(20_000));
      const there = await look(port, {});
      assert.deepEqual([there("sip.code"), there("reg.devices"), there("reg.expires")], [200, 1, undefined]);
      assert.match(String(there("reg.contacts")), /1001@127\.0\.0\.1/);
    },
  );
}
