import assert from "node:assert/strict";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { Secret } from "../../protocol/secret.ts";

test("Secret shows dots however it is printed, and its value by reveal() alone", () => {
  const secret = new Secret("made-up");
  const printed = [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }),
    format("%s %o %j", secret, secret, secret),
    inspect(secret, { showHidden: true, depth: 9 }),
    Object.values(secret).join(),
    "x" + secret,
  ];
  for (const text of printed) assert.ok(!text.includes("made-up"), text);
  assert.equal(secret.reveal(), "made-up");
});
