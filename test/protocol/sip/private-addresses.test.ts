import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { SipHeader, SipResponse } from "../../../protocol/sip/message.ts";
import { privateAddressesIn } from "../../../protocol/sip/private-addresses.ts";

function answer(headers: Record<string, string>, sdp: readonly string[] = []): SipResponse {
  const list: SipHeader[] = Object.entries(headers).map(([name, value]) => ({ name, value }));
  if (sdp.length > 0) list.push({ name: "Content-Type", value: "application/sdp" });
  const body = Buffer.from(sdp.map((line) => `${line}\r\n`).join(""));
  return { kind: "response", code: 200, reason: "OK", headers: list, body };
}

const lines = (message: SipResponse) =>
  privateAddressesIn(message).map(
    ({ field, address, isUsed }) => `${field} ${address}${isUsed ? " used" : ""}`,
  );

test("headers that get later requests are used, others only tell", () => {
  const headers = {
    Contact: "<sip:100@192.168.1.5:5060>, <sip:100@[fd00::5]:5060>, <sip:100@198.51.100.5>",
    "Record-Route": "<sip:10.0.0.1;lr>",
    Warning: '392 100.64.0.9:5060 "Noisy feedback"',
  };
  assert.deepEqual(lines(answer(headers)), [
    "Contact 192.168.1.5 used",
    "Contact fd00::5 used",
    "Record-Route 10.0.0.1 used",
    "Warning 100.64.0.9",
  ]);
});

test("what an answer repeats, and a version, is no announcement", () => {
  const headers = {
    Via: "SIP/2.0/UDP 192.168.1.9:5060;received=203.0.113.9",
    From: "<sip:a@10.0.0.1>;tag=1",
    To: "<sip:b@10.0.0.1>;tag=2",
    "Call-ID": "abc@192.168.1.9",
    Server: "PBX 10.12.1.4",
    Date: "Tue, 24 Nov 2026 19:23:07 GMT",
    Contact: "<sip:b@pbx.example:5060>",
  };
  assert.deepEqual(lines(answer(headers)), []);
});

test("SDP: `c=` that is used, `o=` that only tells, `a=rtcp`", () => {
  const sdp = [
    "v=0",
    "o=- 1 1 IN IP4 10.0.0.2",
    "s=-",
    "c=IN IP4 10.0.0.3",
    "t=0 0",
    "m=audio 4000 RTP/AVP 0",
  ];
  assert.deepEqual(lines(answer({}, [...sdp, "a=rtcp:4001 IN IP4 10.0.0.4"])), [
    "SDP o= 10.0.0.2",
    "SDP c= 10.0.0.3 used",
    "SDP a=rtcp 10.0.0.4 used",
  ]);
  assert.deepEqual(lines(answer({}, [...sdp, "c=IN IP4 198.51.100.3"])), [
    "SDP o= 10.0.0.2",
    "SDP c= 10.0.0.3",
  ]);
  assert.deepEqual(lines(answer({}, [...sdp.slice(0, -1), "m=audio 0 RTP/AVP 0"])), [
    "SDP o= 10.0.0.2",
    "SDP c= 10.0.0.3",
  ]);
});

test("SDP: with ICE a private candidate is a fault only where no public one stands beside it", () => {
  const sdp = [
    "v=0",
    "o=- 1 1 IN IP4 198.51.100.1",
    "s=-",
    "t=0 0",
    "m=audio 4000 RTP/AVP 0",
    "c=IN IP4 198.51.100.1",
  ];
  const host = "a=candidate:1 1 UDP 2130706431 192.168.1.5 4000 typ host";
  const outside = "a=candidate:2 1 UDP 1694498815 198.51.100.1 4000 typ srflx raddr 192.168.1.5 rport 4000";
  assert.deepEqual(lines(answer({}, [...sdp, host])), ["SDP a=candidate 192.168.1.5 used"]);
  assert.deepEqual(lines(answer({}, [...sdp, host, outside])), []);
});

test("any text is read to its end, and each address once", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const found = lines(answer({ Contact: `${text} <sip:10.0.0.1>`, "Record-Route": text }, ["v=0", text]));
      assert.equal(new Set(found).size, found.length);
    }),
  );
});
