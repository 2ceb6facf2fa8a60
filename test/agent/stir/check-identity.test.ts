import assert from "node:assert/strict";
import { sign, webcrypto, X509Certificate, KeyObject } from "node:crypto";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import { describe, it, type TestContext } from "node:test";
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  Extension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { fetchCertificate } from "../../../agent/io/tls/fetch-certificate.ts";
import { checkIdentity } from "../../../agent/stir/check-identity.ts";
import { encodePassportPart } from "../../../protocol/stir/identity.ts";
import { observationKeys } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

const now = Math.floor(Date.now() / 1000) * 1000;
const curve = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const newKeys = () => webcrypto.subtle.generateKey(curve, true, ["sign", "verify"]);
const times = { notBefore: new Date(now - 86_400_000), notAfter: new Date(now + 86_400_000) };

async function authorityAnd(numbers: boolean) {
  const rootKeys = await newKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    name: "CN=Test Root",
    keys: rootKeys,
    signingAlgorithm: curve,
    ...times,
    extensions: [new BasicConstraintsExtension(true, 2, true)],
  });
  const keys = await newKeys();
  const leaf = await X509CertificateGenerator.create({
    subject: "CN=Carrier",
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: curve,
    ...times,
    // TNAuthList of one service provider code, "1234".
    extensions: numbers
      ? [new Extension("1.3.6.1.5.5.7.1.26", false, Buffer.from("3008a006160431323334", "hex"))]
      : [],
  });
  return { root: root.toString("pem"), leaf: leaf.toString("pem"), key: KeyObject.from(keys.privateKey) };
}

async function serve(t: TestContext, answer: RequestListener) {
  const keys = await newKeys();
  const own = await X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    keys,
    signingAlgorithm: curve,
    ...times,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new SubjectAlternativeNameExtension([{ type: "dns", value: "certs.example" }]),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" });
  const server = createServer({ key, cert: own.toString("pem") }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const rules = {
    allow: [`certs.example:${port}`],
    ca: own.toString("pem"),
    resolve: async () => ["127.0.0.1"],
    signal: new AbortController().signal,
  };
  return { url: `https://certs.example:${port}/sti.pem`, rules };
}

function invite(url: string, key: KeyObject, { from = "+4930567", age = 3 } = {}): string {
  const head = encodePassportPart({ alg: "ES256", ppt: "shaken", typ: "passport", x5u: url });
  const payload = encodePassportPart({
    attest: "A",
    dest: { tn: ["4940123"] },
    iat: Math.floor(now / 1000) - age,
    orig: { tn: "4930567" },
    origid: "o",
  });
  const signature = sign("sha256", Buffer.from(`${head}.${payload}`), { key, dsaEncoding: "ieee-p1363" });
  return [
    "INVITE sip:+4940123@pbx.example SIP/2.0",
    `From: <sip:${from}@carrier.example>;tag=1`,
    "To: <sip:+4940123@pbx.example>",
    "Call-ID: a84b4c76",
    `Identity: ${head}.${payload}.${signature.toString("base64url")};info=<${url}>;alg=ES256;ppt="shaken"`,
    "",
    "",
  ].join("\r\n");
}

const values = (observations: readonly Observation[]) =>
  Object.fromEntries(observations.map(({ key, value }) => [key, value]));

describe("checkIdentity()", () => {
  it("takes a call that is signed well, and names what does not hold in others", async (t) => {
    const { root, leaf, key } = await authorityAnd(true);
    const { url, rules } = await serve(t, (_, answer) => answer.end(leaf));
    const check = {
      at: now,
      roots: [new X509Certificate(root)],
      fetch: (asked: string) => fetchCertificate(asked, rules),
    };
    const good = await checkIdentity(invite(url, key), check);
    for (const each of good) {
      assert.ok(each.key in observationKeys, each.key);
      assert.equal(each.subject, "call:a84b4c76");
    }
    assert.deepEqual(values(good), {
      "stir.identity": true,
      "stir.attest": "A",
      "stir.caller": "4930567",
      "stir.age": 3,
      "stir.numbers": [],
      "stir.certificate": "fetched",
      "stir.signature": "good",
      "stir.trust": "trusted",
    });
    const rewritten = await checkIdentity(invite(url, key, { from: "+49999" }), check);
    assert.deepEqual(values(rewritten)["stir.numbers"], ["orig 4930567 ≠ From 49999"]);
    const stranger = await authorityAnd(true);
    const forged = values(await checkIdentity(invite(url, stranger.key), check));
    assert.match(String(forged["stir.signature"]), /does not fit/);
    const elsewhere = { ...check, roots: [new X509Certificate(stranger.root)] };
    assert.match(String(values(await checkIdentity(invite(url, key), elsewhere))["stir.trust"]), /no root/);
    const late = { ...check, at: now + 2 * 86_400_000 };
    assert.match(String(values(await checkIdentity(invite(url, key), late))["stir.trust"]), /ended at/);
    const unchecked = await checkIdentity(invite(url, key), { ...check, roots: [] });
    assert.equal(values(unchecked)["stir.trust"], "not-checked");
  });

  it("makes the compact form whole again from From, To and Date", async (t) => {
    const { root, leaf, key } = await authorityAnd(true);
    const { url, rules } = await serve(t, (_, answer) => answer.end(leaf));
    const check = {
      at: now,
      roots: [new X509Certificate(root)],
      fetch: (asked: string) => fetchCertificate(asked, rules),
    };
    const issued = Math.floor(now / 1000) - 3;
    const date = new Date(issued * 1000).toUTCString();
    const head = encodePassportPart({ alg: "ES256", typ: "passport", x5u: url });
    const payload = encodePassportPart({ dest: { tn: ["4940123"] }, iat: issued, orig: { tn: "4930567" } });
    const signature = sign("sha256", Buffer.from(`${head}.${payload}`), { key, dsaEncoding: "ieee-p1363" });
    const compact = (from: string, said: string) =>
      [
        "INVITE sip:+4940123@pbx.example SIP/2.0",
        `From: <sip:${from}@carrier.example>;tag=1`,
        "To: <sip:+4940123@pbx.example>",
        "Call-ID: a84b4c76",
        ...(said === "" ? [] : [`Date: ${said}`]),
        `Identity: ..${signature.toString("base64url")};info=<${url}>;alg=ES256`,
        "",
        "",
      ].join("\r\n");
    const good = values(await checkIdentity(compact("+4930567", date), check));
    assert.equal(good["stir.signature"], "good");
    assert.equal(good["stir.age"], 3);
    const rewritten = values(await checkIdentity(compact("+49999", date), check));
    assert.match(String(rewritten["stir.signature"]), /does not fit/);
    const dateless = values(await checkIdentity(compact("+4930567", ""), check));
    assert.match(String(dateless["stir.signature"]), /From, To and Date/);
  });

  it("wants a certificate that speaks for numbers", async (t) => {
    const { root, leaf, key } = await authorityAnd(false);
    const { url, rules } = await serve(t, (_, answer) => answer.end(leaf));
    const observations = await checkIdentity(invite(url, key), {
      at: now,
      roots: [new X509Certificate(root)],
      fetch: (asked) => fetchCertificate(asked, rules),
    });
    assert.match(String(values(observations)["stir.trust"]), /TNAuthList/);
  });

  it("says that a call is not signed, and what a header lacks", async () => {
    const check = { at: now, roots: [], fetch: async () => ({ ok: false as const, why: "none" }) };
    const bare = "INVITE sip:1@pbx.example SIP/2.0\r\nCall-ID: x\r\n\r\n";
    assert.deepEqual(values(await checkIdentity(bare, check)), { "stir.identity": false });
    const broken = values(await checkIdentity("Identity: a.b.c;info=<https://x/>", check));
    assert.match(String(broken["stir.signature"]), /JSON object/);
  });
});

describe("fetchCertificate()", () => {
  it("follows no redirect, and takes no more than 64 KiB", async (t) => {
    const { url, rules } = await serve(t, (asked, answer) => {
      if (asked.url === "/sti.pem") answer.writeHead(302, { location: "/other" }).end();
      else answer.end(Buffer.alloc(70_000));
    });
    assert.deepEqual(await fetchCertificate(url, rules), { ok: false, why: "the server answers 302" });
    const long = await fetchCertificate(url.replace("sti.pem", "long"), rules);
    assert.deepEqual(long, { ok: false, why: "it is longer than 65536 bytes" });
  });

  it("asks nobody inside, no other port, and by HTTPS alone", async () => {
    let looked = 0;
    const rulesOf = (address: string) => ({
      allow: [],
      resolve: async () => ((looked += 1), [address]),
      signal: new AbortController().signal,
    });
    for (const address of [
      "127.0.0.1",
      "10.1.2.3",
      "169.254.169.254",
      "192.168.1.1",
      "::1",
      "fd00::1",
      "::ffff:10.0.0.1",
      "64:ff9b::a00:1",
      "0.0.0.0",
    ]) {
      const refused = await fetchCertificate("https://certs.example/x", rulesOf(address));
      assert.deepEqual(refused, { ok: false, why: "certs.example is at a private address" }, address);
    }
    assert.equal(looked, 9);
    for (const url of [
      "http://certs.example/",
      "https://user:word@certs.example/",
      "file:///etc/passwd",
      "nothing",
    ])
      assert.match(String((await fetchCertificate(url, rulesOf("192.0.2.1"))).ok), /false/);
    const port = await fetchCertificate("https://certs.example:8443/", rulesOf("192.0.2.1"));
    assert.deepEqual(port, { ok: false, why: "it is at port 8443, not 443" });
    assert.deepEqual(await fetchCertificate("https://[::1]/", rulesOf("::1")), {
      ok: false,
      why: "::1 is at a private address",
    });
  });
});
