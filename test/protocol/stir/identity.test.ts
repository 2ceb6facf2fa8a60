import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, it } from "node:test";
import { decodeIdentity, encodePassportPart } from "../../../protocol/stir/identity.ts";
import { judgeSignature, numberMismatches } from "../../../protocol/stir/judge-identity.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const x5u = "https://certs.example/sti.pem";

const claims = {
  attest: "A",
  dest: { tn: ["4940123"] },
  iat: 1_768_000_000,
  orig: { tn: "4930567" },
  origid: "3f6c4c4e-0000-4000-8000-000000000001",
};

function tokenOf(payload: object, head: object = {}): string {
  const parts = `${encodePassportPart({ alg: "ES256", ppt: "shaken", typ: "passport", x5u, ...head })}.${encodePassportPart(payload)}`;
  const signature = sign("sha256", Buffer.from(parts), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${parts}.${signature.toString("base64url")}`;
}
const headerOf = (token: string) => `${token};info=<${x5u}>;alg=ES256;ppt="shaken"`;

describe("decodeIdentity()", () => {
  it("writes header and payload of RFC 8225 appendix A byte for byte", () => {
    const head = { typ: "passport", alg: "ES256", x5u: "https://cert.example.org/passport.cer" };
    assert.equal(
      Buffer.from(encodePassportPart(head), "base64url").toString(),
      '{"alg":"ES256","typ":"passport","x5u":"https://cert.example.org/passport.cer"}',
    );
    assert.equal(
      encodePassportPart(head),
      "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9",
    );
    const payload = {
      orig: { tn: "12155551212" },
      iat: 1443208345,
      dest: { uri: ["sip:alice@example.com"] },
    };
    assert.equal(
      encodePassportPart(payload),
      "eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6MTQ0MzIwODM0NSwib3JpZyI6eyJ0biI6IjEyMTU1NTUxMjEyIn19",
    );
  });

  it("opens a full header", () => {
    const read = decodeIdentity(headerOf(tokenOf(claims)));
    assert.ok(read.ok);
    const { attestation, caller, called, info, extension, issuedAt } = read.value;
    assert.deepEqual(
      { attestation, caller: caller.numbers, called: called.numbers, info, extension, issuedAt },
      {
        attestation: "A",
        caller: ["4930567"],
        called: ["4940123"],
        info: x5u,
        extension: "shaken",
        issuedAt: claims.iat,
      },
    );
  });

  it("makes a compact form again from the message", () => {
    const whole = tokenOf(claims);
    const compact = `..${whole.split(".")[2]};info=<${x5u}>;alg=ES256;ppt=shaken`;
    assert.ok(!decodeIdentity(compact).ok);
    const read = decodeIdentity(compact, { payload: claims });
    assert.ok(read.ok);
    assert.equal(judgeSignature(read.value, publicKey), "good");
  });

  it("says what is missing", () => {
    for (const [value, place] of [
      ["a.b", "Identity"],
      [tokenOf(claims), "Identity"],
      [headerOf(tokenOf({ ...claims, iat: "now" })), "Identity payload"],
      [headerOf(tokenOf(claims, { typ: "jwt" })), "Identity header"],
    ] as const) {
      const read = decodeIdentity(value);
      assert.ok(!read.ok);
      assert.equal(read.why.place, place);
    }
  });
});

describe("judgeSignature()", () => {
  const good = decodeIdentity(headerOf(tokenOf(claims)));
  assert.ok(good.ok);
  const identity = good.value;
  it("takes what was signed, and nothing else", () => {
    assert.equal(judgeSignature(identity, publicKey), "good");
    const signed = Buffer.from(identity.signed);
    signed[signed.length - 1] = (signed.at(-1) ?? 0) ^ 1;
    assert.match(judgeSignature({ ...identity, signed }, publicKey), /does not fit/);
    assert.match(judgeSignature({ ...identity, algorithm: "none" }, publicKey), /none, not ES256/);
    assert.match(judgeSignature({ ...identity, info: "https://other.example/" }, publicKey), /different/);
    const rsa = createPublicKey(
      generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" }),
    );
    assert.match(judgeSignature(identity, rsa), /P-256/);
  });
  it("numberMismatches() compares digits alone", () => {
    const from = (user: string) => ({
      caller: { header: "From", user },
      called: { header: "To", user: "+49 (40) 123" },
    });
    assert.deepEqual(numberMismatches(identity, from("+4930567")), []);
    assert.deepEqual(numberMismatches(identity, from("+49999")), ["orig 4930567 ≠ From 49999"]);
  });
});

it("decodeIdentity() takes 100,000 torn headers without throwing", () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const whole = headerOf(tokenOf(claims));
  const bits = [".", ";", "<", '"', "info=", "e30", "bnVsbA", "W10"];
  for (let round = 0; round < 100_000; round += 1) {
    const at = random.below(whole.length);
    const bit = bits[random.below(bits.length)] ?? "";
    const text =
      round % 3 === 0
        ? `${whole.slice(0, at)}${bit}${whole.slice(at)}`
        : round % 3 === 1
          ? whole.slice(at)
          : `${bit}.${bits[random.below(8)] ?? ""}.${bit};info=x`;
    const read = decodeIdentity(text);
    if (read.ok) judgeSignature(read.value, publicKey);
  }
});
