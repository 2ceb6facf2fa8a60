import assert from "node:assert/strict";
import { test } from "node:test";
import { subjectDetail, subjectText } from "../../protocol/subject-text.ts";

const subjects = [
  ["sip:pbx.example:5060/udp", "SIP server pbx.example:5060 over UDP", undefined],
  ["sip:[2001:db8::1]:5061/tls/register/102", "SIP server [2001:db8::1]:5061 over TLS", "account 102"],
  ["sip:pbx.example:5060/udp/call/100", "SIP server pbx.example:5060 over UDP", "call to 100"],
  ["sip:192.0.2.1:5060/udp/invite/3", "SIP server 192.0.2.1:5060 over UDP", "invite 3"],
  ["rtp:mirror.example:5070", "far end mirror.example:5070", undefined],
  ["path:stun.example:3478", "the way to stun.example:3478", undefined],
  ["name:pbx.example", "DNS name pbx.example", undefined],
  ["network:agent-1/eth0.96", "the network at eth0.96 of agent-1", undefined],
  ["network:voice", "network voice", undefined],
  ["address:10.1.2.30", "address 10.1.2.30", undefined],
  ["call:a1b2@pbx", "call a1b2@pbx", undefined],
  ["call:header", "the Identity header", undefined],
  ["agent:agent-1/pbx", "agent agent-1", "pbx"],
  ["port:sw1/7", "port sw1/7", undefined],
] as const;

for (const [subject, text, detail] of subjects)
  test(`${subject} is ${text}${detail === undefined ? "" : `, ${detail}`}`, () => {
    assert.equal(subjectText(subject), text);
    assert.equal(subjectDetail(subject), detail);
  });
