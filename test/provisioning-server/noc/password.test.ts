import { equal, match, notEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import { hashPassword, passwordMatches } from "../../../provisioning-server/noc/password.ts";

describe("hashPassword() and passwordMatches()", () => {
  test("the right password matches, another does not, and two hashes of one differ", async () => {
    const phc = await hashPassword("correct horse");
    match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    equal(await passwordMatches("correct horse", phc), true);
    equal(await passwordMatches("correct hors", phc), false);
    notEqual(phc, await hashPassword("correct horse"));
  });

  test("é typed as one character or as two is the same password", async () => {
    equal(await passwordMatches("caf\u0065\u0301", await hashPassword("caf\u00e9")), true);
  });

  test("other costs than ours are read from the string", async () => {
    const { argon2Sync } = await import("node:crypto");
    const nonce = Buffer.from("somesaltsomesalt");
    const costs = { memory: 8192, passes: 3, parallelism: 2 };
    const tag = argon2Sync("argon2id", { message: "password", nonce, tagLength: 24, ...costs });
    const bare = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
    const phc = `$argon2id$v=19$m=8192,t=3,p=2$${bare(nonce)}$${bare(tag)}`;
    equal(await passwordMatches("password", phc), true);
  });

  test("what is no Argon2id string matches nothing", async () => {
    for (const phc of [undefined, "", "password", "$2b$10$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=1$x$y"])
      equal(await passwordMatches("", phc), false);
  });
});
