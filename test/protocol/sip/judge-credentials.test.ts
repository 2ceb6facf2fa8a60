import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../../../protocol/secret.ts";
import { answerChallenge } from "../../../protocol/sip/digest.ts";
import { judgeCredentials } from "../../../protocol/sip/judge-credentials.ts";
import type { SipRequest } from "../../../protocol/sip/message.ts";

const request: SipRequest = {
  kind: "request",
  method: "REGISTER",
  uri: "sip:pbx.example",
  headers: [],
  body: new Uint8Array(),
};
const account = { user: "1001", domain: "pbx.example", password: new Secret("s3cret-Pw") };
const challenge = {
  realm: "pbx.example",
  nonce: "7b3f0c5d9e21",
  algorithm: { hash: "sha-256", session: false },
  algorithmText: "SHA-256",
  qop: "auth",
  stale: false,
  proxy: false,
} as const;

/** What a phone sends that makes these mistakes. */
function sent(mistake: {
  user?: string;
  password?: string;
  realm?: string;
  method?: string;
  edit?: (text: string) => string;
}): SipRequest {
  const {
    user = "1001",
    password = "s3cret-Pw",
    realm = challenge.realm,
    method = "REGISTER",
    edit = (text) => text,
  } = mistake;
  const credentials = { user, password: new Secret(password) };
  const once = { cnonce: "0a4f113b", nonceCount: 1 };
  const header = answerChallenge({ ...challenge, realm }, { ...request, method }, credentials, once);
  return { ...request, headers: [{ ...header, value: edit(header.value) }] };
}

const cases: readonly [string, Parameters<typeof sent>[0]][] = [
  ["right", {}],
  ["realm", { realm: "other.example" }],
  ["user", { user: "1002" }],
  ["user", { user: "1001@pbx.example" }],
  ["user", { user: "1001@pbx.example", edit: (text) => text.replace("1001@pbx.example", "1001") }],
  ["realm", { realm: "", edit: (text) => text.replace('realm=""', 'realm="pbx.example"') }],
  ["uri", { edit: (text) => text.replace("sip:pbx.example", "sip:192.0.2.1") }],
  ["method", { method: "INVITE" }],
  ["algorithm", { edit: (text) => text.replace("algorithm=SHA-256", "algorithm=MD5") }],
  ["algorithm", { edit: (text) => text.replace("algorithm=SHA-256", "algorithm=SHA3") }],
  ["password-spaces", { password: "s3cret-Pw " }],
  ["password-case", { password: "s3cret-pw" }],
  ["password-empty", { password: "" }],
  ["password", { password: "something else" }],
];

for (const [cause, mistake] of cases) {
  test(`judgeCredentials() finds ${cause} in ${JSON.stringify(mistake)}`, () => {
    const judged = judgeCredentials(sent(mistake), account, "pbx.example");
    assert.equal(judged.cause, cause);
    assert.doesNotMatch(judged.sentence, /s3cret/i);
  });
}

test("judgeCredentials() of a request without a login", () => {
  assert.equal(judgeCredentials(request, account, "pbx.example").cause, "none");
});
