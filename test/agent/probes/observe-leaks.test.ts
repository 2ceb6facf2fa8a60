import assert from "node:assert/strict";
import { test } from "node:test";
import { observeLeaks } from "../../../agent/probes/sip-options/observe-leaks.ts";
import { observerOf } from "../../../protocol/observe.ts";
import type { SipResponse } from "../../../protocol/sip/message.ts";

const observe = observerOf("sip-options", "sip:pbx.example:5060/udp", 0);
const response: SipResponse = {
  kind: "response",
  code: 200,
  reason: "OK",
  headers: [
    { name: "Contact", value: "<sip:192.168.1.5>" },
    { name: "Warning", value: '399 10.0.0.1 "x"' },
  ],
  body: new Uint8Array(),
};

test("observeLeaks() speaks of public servers alone, and of no silence", () => {
  const [leak] = observeLeaks([response, response], "198.51.100.5", observe);
  assert.deepEqual(leak?.value, ["Contact: 192.168.1.5"]);
  assert.match(leak?.evidence ?? "", /Warning: 10\.0\.0\.1/);
  assert.deepEqual(observeLeaks([response], "192.168.1.1", observe), []);
  assert.deepEqual(observeLeaks([], "198.51.100.5", observe), []);
});
