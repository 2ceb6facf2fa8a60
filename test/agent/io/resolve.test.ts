import assert from "node:assert/strict";
import { test } from "node:test";
import { resolve } from "../../../agent/io/resolve.ts";

test("resolve() passes addresses as they are, with and without brackets", async () => {
  assert.deepEqual(await resolve("192.0.2.1"), ["192.0.2.1"]);
  assert.deepEqual(await resolve("2001:db8::1"), ["2001:db8::1"]);
  assert.deepEqual(await resolve("[2001:db8::1]"), ["2001:db8::1"]);
});

test("resolve() finds localhost by the system's own way", async () => {
  const addresses = await resolve("localhost");
  assert.ok(addresses.includes("127.0.0.1") || addresses.includes("::1"));
});
