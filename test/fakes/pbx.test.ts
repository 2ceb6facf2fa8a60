import assert from "node:assert/strict";
import { test } from "node:test";
import { startFakePbx } from "./pbx.ts";
import { registerAccount } from "./sip-client.ts";

const signal = new AbortController().signal;
const accounts = [{ user: "1001", password: "first-Pw" }];

for (const algorithms of [["MD5"], ["SHA-256"], ["SHA-512-256", "MD5"]]) {
  for (const transport of ["udp", "tcp"] as const) {
    test(`the fake PBX registers over ${transport} with ${algorithms.join(", ")}`, async () => {
      await using pbx = await startFakePbx({ accounts, algorithms });
      const server = { address: pbx.address, port: pbx.port, transport };
      const login = await registerAccount(
        { server, user: "1001", password: "first-Pw", userAgent: "Phone 2" },
        signal,
      );
      assert.equal(login.result.code, 200);
      const [registration, ...others] = pbx.registrations();
      assert.equal(registration?.user, "1001");
      assert.equal(registration.userAgent, "Phone 2");
      assert.match(registration.contact, /^sip:1001@127\.0\.0\.1:\d+/);
      assert.deepEqual(others, []);
      assert.equal((await login.register(60)).code, 200);
      await login[Symbol.asyncDispose]();
      assert.deepEqual(pbx.registrations(), []);
    });
  }
}

test("the fake PBX refuses a wrong password, an unknown user and another's account", async () => {
  await using pbx = await startFakePbx({ accounts });
  const server = { address: pbx.address, port: pbx.port };
  const cases = [
    [{ user: "1001", password: "wrong" }, 401],
    [{ user: "nobody", password: "first-Pw" }, 401],
    [{ user: "1002", authUser: "1001", password: "first-Pw" }, 403],
  ] as const;
  for (const [account, code] of cases) {
    await using login = await registerAccount({ server, ...account }, signal);
    assert.equal(login.result.code, code);
  }
  assert.deepEqual(pbx.registrations(), []);
});

test("the fake PBX lets registrations end, and asks for a longer time than too short a one", async () => {
  let now = 1_000_000;
  await using pbx = await startFakePbx({ accounts, now: () => now, minExpires: 60 });
  const server = { address: pbx.address, port: pbx.port };
  await using brief = await registerAccount(
    { server, user: "1001", password: "first-Pw", expires: 30 },
    signal,
  );
  assert.equal(brief.result.code, 423);
  await using login = await registerAccount(
    { server, user: "1001", password: "first-Pw", expires: 60 },
    signal,
  );
  assert.equal(login.result.code, 200);
  assert.equal(pbx.registrations().length, 1);
  now += 61_000;
  assert.equal(pbx.registrations().length, 0);
});
