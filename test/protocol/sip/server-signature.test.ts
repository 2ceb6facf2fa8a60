import assert from "node:assert/strict";
import { test } from "node:test";
import type { SipResponse } from "../../../protocol/sip/message.ts";
import { signaturesOf } from "../../../protocol/sip/server-signature.ts";

const answer = (server: string, tag: string): SipResponse => ({
  kind: "response",
  code: 200,
  reason: "OK",
  headers: [
    { name: "To", value: `<sip:pbx.example>;tag=${tag}` },
    { name: "Server", value: server },
  ],
  body: new Uint8Array(),
});

test("signaturesOf() tells servers apart by their name, and counts the changes", () => {
  const { servers, changes } = signaturesOf([
    answer("A", "111111"),
    answer("B", "222222"),
    answer("A", "333333"),
  ]);
  assert.deepEqual(servers, [
    { said: "Server: A", answers: 2 },
    { said: "Server: B", answers: 1 },
  ]);
  assert.equal(changes, 2);
});

test("signaturesOf() tells servers of one name apart by the part of their tags that stays", () => {
  const { servers, changes } = signaturesOf([
    answer("A", "b27e1a1d33.0001"),
    answer("A", "ffff000011.0002"),
    answer("A", "b27e1a1d33.0003"),
    answer("A", "ffff000011.0004"),
  ]);
  assert.deepEqual(
    servers.map(({ said }) => said),
    ["To-tag: b27e1a1d33…", "To-tag: ffff000011…"],
  );
  assert.equal(changes, 3);
});

test("signaturesOf() takes random tags of one server for one server", () => {
  const { servers, changes } = signaturesOf(
    ["a1b2c3d4", "e5f6a7b8", "c9d0e1f2"].map((tag) => answer("A", tag)),
  );
  assert.deepEqual([servers, changes], [[{ said: "Server: A", answers: 3 }], 0]);
});
