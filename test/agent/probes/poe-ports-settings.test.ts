import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { SwitchSettings, targetOf } from "../../../agent/probes/poe-ports/switch-settings.ts";
import { Compile } from "typebox/compile";

const place = { host: "127.0.0.1", port: 161 };
const base = { version: "2c", timeout: 1, retries: 2 } as const;
const check = Compile(SwitchSettings);

describe("targetOf()", () => {
  it("asks by community, `public` when none is said, once more per retry", () => {
    const asked = targetOf(place, base);
    assert.ok(asked.ok && asked.target.version === "2c");
    assert.equal(asked.target.community.reveal(), "public");
    assert.deepEqual(asked.target.timeouts, [1000, 1000, 1000]);
  });

  it("takes the level from the keys that are given", () => {
    const keys = { authKey: "auth-phrase", privKey: "priv-phrase" };
    for (const [level, given] of [
      ["noAuth", {}],
      ["authNoPriv", { authKey: keys.authKey }],
      ["authPriv", keys],
    ] as const) {
      const asked = targetOf(place, { ...base, version: "3", user: "reader", ...given });
      assert.ok(asked.ok && asked.target.version === "3");
      assert.equal(asked.target.v3.level, level);
      assert.equal(asked.target.v3.auth, level === "noAuth" ? undefined : "sha256");
      assert.equal(asked.target.v3.priv, level === "authPriv" ? "aes" : undefined);
    }
  });

  it("says what v3 lacks", () => {
    const lacking = [
      [{}, /needs a user/],
      [{ user: "reader", level: "authNoPriv" }, /needs an authentication/],
      [{ user: "reader", level: "authPriv", authKey: "auth-phrase" }, /needs a privacy/],
    ] as const;
    for (const [given, why] of lacking) {
      const asked = targetOf(place, { ...base, version: "3", ...given });
      assert.ok(!asked.ok);
      assert.match(asked.why, why);
    }
  });

  it("never prints a phrase", () => {
    const asked = targetOf(place, {
      ...base,
      version: "3",
      user: "reader",
      authKey: "auth-phrase",
      privKey: "priv-phrase",
    });
    assert.doesNotMatch(inspect(asked, { depth: 9 }) + JSON.stringify(asked), /phrase/);
  });

  it("phrases are secret settings of at least eight characters (RFC 3414 section 11.2)", () => {
    const settings = { ...base, version: "3", user: "reader", authKey: "short" };
    assert.equal(check.Check(settings), false);
    const { authKey, privKey, community } = SwitchSettings.properties;
    for (const setting of [authKey, privKey, community])
      assert.equal((setting as { secret?: boolean }).secret, true);
  });
});
