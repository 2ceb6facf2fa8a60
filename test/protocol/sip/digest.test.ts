import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { Secret } from "../../../protocol/secret.ts";
import { decodeAuthHeader } from "../../../protocol/sip/auth-header.ts";
import {
  answerChallenge,
  checkCredentials,
  digestAlgorithm,
  digestHa1,
  digestResponse,
  readChallenges,
  type Qop,
} from "../../../protocol/sip/digest.ts";
import type { SipResponse } from "../../../protocol/sip/message.ts";
import { buildRequest } from "../../../protocol/sip/request.ts";

const password = new Secret("s3cret-Pw");

// Computed apart from this code; sip-rtp facts, section 23.
const vectors: [algorithm: string, qop: Qop | undefined, response: string][] = [
  ["MD5", "auth", "41465baf40a173decdc8af098fd06113"],
  ["MD5", undefined, "4692b5abe9c43a1fe59560851783310d"],
  ["SHA-256", "auth", "c24ead1ad6ccdd566379678cbebcd941a83dc3a8dfb3869dfe7063b236e8d5c1"],
  ["SHA-256", undefined, "2eae08796d953b5e2992611d049b89378ef4a7b5ba16b3f34b1eda550ad2b57c"],
  ["SHA-512-256", "auth", "5800e1a301ab8031a8b35c61086c608ea62fb7fc865e8273a799e3fa3f2b35ee"],
  ["SHA-512-256", undefined, "d060162d1c36269636699fb4368a9d8fdfa9d7f228fd42a5a4634351d7c38d4d"],
  ["MD5", "auth-int", "144f76c89302dba1d9d83a88d0e37187"],
  ["SHA-256", "auth-int", "813d949502805b2f39e63b5bcab03f518178820e8d49f3299dd0cda9c21ec06c"],
  ["MD5-sess", "auth", "855dea2fc6a956e10b0f251b902c7ea0"],
];

for (const [name, qop, response] of vectors) {
  test(`digestResponse() for ${name}, qop ${qop ?? "none"}`, () => {
    const algorithm = digestAlgorithm(name);
    assert.ok(algorithm);
    const computed = digestResponse({
      algorithm,
      ha1: digestHa1(algorithm, "1001", "pbx.example", password),
      nonce: "7b3f0c5d9e21",
      cnonce: "0a4f113b",
      nonceCount: 1,
      ...(qop === undefined ? {} : { qop }),
      method: "REGISTER",
      uri: "sip:pbx.example",
      body: new Uint8Array(),
    });
    assert.equal(computed, response);
  });
}

const request = buildRequest({
  method: "REGISTER",
  uri: "sip:pbx.example",
  transport: "udp",
  local: { address: "192.0.2.1", port: 5060 },
  from: "sip:1001@pbx.example",
  to: "sip:1001@pbx.example",
  callId: "c",
  fromTag: "f",
  cseq: 1,
  branch: "z9hG4bKd",
  userAgent: "test",
});

function challenged(...values: string[]): SipResponse {
  return {
    kind: "response",
    code: 401,
    reason: "Unauthorized",
    headers: values.map((value) => ({ name: "WWW-Authenticate", value })),
    body: new Uint8Array(),
  };
}

test("readChallenges() takes the topmost supported one of each realm, and names the others", () => {
  const { challenges, unsupported } = readChallenges(
    challenged(
      'Digest realm="a", nonce="1", algorithm=SHA-3',
      'Digest realm="a", nonce="2", algorithm=SHA-256, qop="auth"',
      'Digest realm="a", nonce="3"',
      'Digest realm="b", nonce="4", stale=TRUE',
      'Basic realm="a"',
    ),
  );
  assert.deepEqual(
    challenges.map(({ realm, nonce, stale, algorithm }) => [realm, nonce, stale, algorithm.hash]),
    [
      ["a", "2", false, "sha-256"],
      ["b", "4", true, "md5"],
    ],
  );
  assert.deepEqual(unsupported, ["Digest SHA-3", "Basic"]);
});

test("readChallenges() prefers auth over auth-int, takes auth-int alone, and refuses an unknown qop", () => {
  const qopOf = (qop: string) => readChallenges(challenged(`Digest realm="a", nonce="n", qop="${qop}"`));
  assert.equal(qopOf("auth-int,auth").challenges[0]?.qop, "auth");
  assert.equal(qopOf("auth-int").challenges[0]?.qop, "auth-int");
  assert.deepEqual(qopOf("auth-new").unsupported, ["Digest qop auth-new"]);
});

test("answerChallenge() writes nc, qop and algorithm bare, uri quoted, and sends opaque back", () => {
  const [challenge] = readChallenges(
    challenged('Digest realm="pbx.example", nonce="7b3f0c5d9e21", opaque="o\\"1", algorithm=MD5, qop="auth"'),
  ).challenges;
  assert.ok(challenge);
  const header = answerChallenge(
    challenge,
    request,
    { user: "1001", password },
    { cnonce: "0a4f113b", nonceCount: 1 },
  );
  assert.equal(header.name, "Authorization");
  assert.match(header.value, /^Digest username="1001", realm="pbx\.example"/);
  assert.match(header.value, /, uri="sip:pbx\.example"/);
  assert.match(header.value, /, response="41465baf40a173decdc8af098fd06113"/);
  assert.match(header.value, /, algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=00000001, opaque="o\\"1"$/);
});

test("answerChallenge() without qop sends no nc and no cnonce", () => {
  const [challenge] = readChallenges(
    challenged('Digest realm="pbx.example", nonce="7b3f0c5d9e21"'),
  ).challenges;
  assert.ok(challenge);
  const once = { cnonce: "x", nonceCount: 1 };
  const { value } = answerChallenge(challenge, request, { user: "1001", password }, once);
  assert.doesNotMatch(value, /nc=|cnonce=|qop=|algorithm=/);
  assert.match(value, /response="4692b5abe9c43a1fe59560851783310d"/);
});

test("checkCredentials() takes what answerChallenge() made, and nothing altered", () => {
  for (const algorithmName of ["MD5", "SHA-256", "SHA-512-256", "MD5-sess", "SHA-256-sess"]) {
    const value = `Digest realm="pbx.example", nonce="n1", qop="auth,auth-int", algorithm=${algorithmName}`;
    const [challenge] = readChallenges(challenged(value)).challenges;
    assert.ok(challenge);
    const once = { cnonce: "c", nonceCount: 26 };
    const header = decodeAuthHeader(
      answerChallenge(challenge, request, { user: "1001", password }, once).value,
    );
    assert.ok(header.ok);
    const check = (changed: Record<string, string>, known = "s3cret-Pw") =>
      checkCredentials(
        request,
        { ...header.value, parameters: new Map([...header.value.parameters, ...Object.entries(changed)]) },
        (user, realm, algorithm) =>
          user === "1001" ? digestHa1(algorithm, user, realm, new Secret(known)) : undefined,
      );
    assert.equal(check({}), true, algorithmName);
    assert.equal(header.value.parameters.get("nc"), "0000001a");
    assert.equal(check({}, "another"), false);
    for (const field of ["username", "realm", "nonce", "uri", "response", "nc", "cnonce", "qop"]) {
      assert.equal(check({ [field]: "99" }), false, `${algorithmName} ${field}`);
    }
  }
});

test("the password of an account prints as dots", () => {
  const printed = `${inspect({ user: "1001", password })} ${JSON.stringify({ password })} ${String(password)}`;
  assert.doesNotMatch(printed, /s3cret/);
});
