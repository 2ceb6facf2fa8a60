import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeInwardCall, takeCopy, withCopy } from "../../../protocol/alg/inward-call.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";

const call = encodeInwardCall({
  to: { address: "203.0.113.1", port: 40_000 },
  from: { address: "203.0.113.2", port: 5060 },
  branch: "z9hG4bK-a",
  tag: "t",
  callId: "c",
});

test("the call inward is a whole INVITE, and its copy comes out as it went in", () => {
  const message = withCopy(call, "cGFja2Vk");
  const read = decodeSip(message);
  assert.ok(read.ok && read.value.message.kind === "request" && read.value.message.method === "INVITE");
  assert.deepEqual(read.ok && read.value.defects, []);
  assert.deepEqual(takeCopy(message), { rest: Buffer.from(call), packed: "cGFja2Vk" });
});

test("a copy that was taken away is missed", () => assert.equal(takeCopy(call), undefined));
