import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, ClaimKind } from "../../../protocol/answer.ts";
import type { EnrolmentState } from "../../../protocol/device.ts";
import { enrolmentWords } from "../../../protocol/enrolment-words.ts";
import { type EnrolmentEvent, stepEnrolment } from "../../../provisioning-server/claims/enrolment.ts";

const identity = { file: "config" } as const;
const file = (claim: ClaimKind, secret = true): EnrolmentEvent => ({
  kind: "answer",
  answer: {
    outcome: "file",
    identity,
    claim,
    file: { name: "a", contentType: "text/plain", body: new Uint8Array(), etag: '"e"', secret },
  },
});
const said = (answer: Answer): EnrolmentEvent => ({ kind: "answer", answer });

const states = [
  "ordered",
  "expected",
  "seen",
  "claimed",
  "secret-issued",
  "secret-confirmed",
  "steady",
  "revoked",
] as const satisfies readonly EnrolmentState[];

/** One letter a state, so that a row can be read at a glance. */
const names: Readonly<Record<string, EnrolmentState>> = {
  o: "ordered",
  e: "expected",
  s: "seen",
  c: "claimed",
  i: "secret-issued",
  f: "secret-confirmed",
  S: "steady",
  r: "revoked",
};

//                                                    from: o e s c i f S r
const table: [name: string, event: EnrolmentEvent, to: string][] = [
  [
    "denied",
    said({ outcome: "denied", identity, kind: "window-closed", reason: "r", remedy: "r" }),
    "ssscifSr",
  ],
  ["no such file", said({ outcome: "no-such-file", identity, normal: true, reason: "r" }), "ssscifSr"],
  ["a file of everybody", file("public", false), "ssscifSr"],
  ["in by the network, a file with secrets", file("network"), "iiiiifSr"],
  ["in by the network, a file without", file("network", false), "ccccifSr"],
  ["in by its first access", file("first-access"), "iiiiifSr"],
  ["in by its token, a file with secrets", file("token"), "iiiifSSr"],
  ["in by its token, a file without", file("token", false), "ccccfSSr"],
  ["in by its password", file("password"), "iiiifSSr"],
  ["in by its certificate", file("certificate"), "iiiifSSr"],
  ["expect", { kind: "expect" }, "eescifSr"],
  ["revoke", { kind: "revoke" }, "rrrrrrrr"],
  ["re-enrol", { kind: "re-enrol" }, "eeeeeeee"],
];

test("stepEnrolment() follows the table, every event from every state", () => {
  for (const [name, event, to] of table)
    for (const [at, from] of states.entries())
      assert.equal(stepEnrolment(from, event), names[to[at] ?? ""], `${from}: ${name}`);
});

test("stepEnrolment() never leaves revoked but by a person's word", () => {
  for (const [name, event] of table)
    if (event.kind === "answer") assert.equal(stepEnrolment("revoked", event), "revoked", name);
});

test("enrolmentWords() tells each state in other words", () => {
  assert.equal(new Set(states.map((state) => enrolmentWords(state))).size, states.length);
});
