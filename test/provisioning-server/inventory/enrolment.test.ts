import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, ClaimKind } from "../../../protocol/answer.ts";
import type { EnrolmentState } from "../../../protocol/device.ts";
import { nextEnrolment } from "../../../provisioning-server/inventory/enrolment.ts";

const identity = { file: "config" } as const;
const file = (claim: ClaimKind, secret = true): Answer => ({
  outcome: "file",
  identity,
  claim,
  file: { name: "a", contentType: "text/plain", body: new Uint8Array(), etag: '"e"', secret },
});
const denied: Answer = { outcome: "denied", identity, kind: "window-closed", reason: "r", remedy: "r" };
const missing: Answer = { outcome: "no-such-file", identity, normal: true, reason: "r" };

test("nextEnrolment() follows the table", () => {
  const table: [EnrolmentState, Answer, EnrolmentState][] = [
    ["ordered", denied, "seen"],
    ["expected", missing, "seen"],
    ["expected", file("public", false), "seen"],
    ["expected", file("network"), "secret-issued"],
    ["seen", file("network", false), "claimed"],
    ["claimed", file("token"), "secret-issued"],
    ["claimed", denied, "claimed"],
    ["secret-issued", file("network"), "secret-issued"],
    ["secret-issued", file("public", false), "secret-issued"],
    ["secret-issued", file("token"), "secret-confirmed"],
    ["secret-confirmed", file("network"), "secret-confirmed"],
    ["secret-confirmed", file("password"), "steady"],
    ["steady", denied, "steady"],
    ["revoked", file("token"), "revoked"],
    ["revoked", denied, "revoked"],
  ];
  for (const [state, answer, next] of table)
    assert.equal(nextEnrolment(state, answer), next, `${state} ${answer.outcome}`);
});
