import assert from "node:assert/strict";
import { test } from "node:test";
import { Defects } from "../../../protocol/sip/defect.ts";
import { certificateFit } from "../../../protocol/sip/certificate-fit.ts";
import { decodeNameAddr, encodeNameAddr, tagOf } from "../../../protocol/sip/name-addr.ts";
import { decodeUri, encodeUri, escapeUser, userOf } from "../../../protocol/sip/uri.ts";
import { decodeVia, encodeVia } from "../../../protocol/sip/via.ts";

const good = [
  { text: "sip:pbx.example", host: "pbx.example" },
  { text: "sip:anna@pbx.example:5070", user: "anna", host: "pbx.example", port: 5070 },
  { text: "sips:anna:pw@pbx.example;transport=tcp;lr", user: "anna", password: "pw", host: "pbx.example" },
  {
    text: "sip:+49-30-1234;phone-context=x@pbx.example",
    user: "+49-30-1234;phone-context=x",
    host: "pbx.example",
  },
  { text: "sip:[2001:db8::1]:5080", host: "2001:db8::1", port: 5080 },
  { text: "sip:anna@192.0.2.1?Subject=hi&Priority=urgent", user: "anna", host: "192.0.2.1" },
];

for (const { text, ...parts } of good) {
  test(`decodeUri() and encodeUri(): ${text}`, () => {
    const defects = new Defects();
    const uri = decodeUri(text, defects);
    assert.ok(uri.ok && uri.value.kind === "sip");
    assert.deepEqual(defects.found, []);
    assert.equal(encodeUri(uri.value), text);
    for (const [name, value] of Object.entries(parts)) {
      assert.equal(uri.value[name as keyof typeof uri.value], value);
    }
  });
}

test("decodeUri() refuses what has no scheme or no host, and says where", () => {
  for (const text of ["", "anna", ":x", "sip:", "sip:anna@", "sip:@", "sip:[]", "sip::5060"]) {
    const uri = decodeUri(text, new Defects(), 100);
    assert.equal(uri.ok, false, text);
    if (!uri.ok) assert.match(uri.why.place, /^byte 10\d/);
  }
});

test("decodeUri() never shows a password in a defect", () => {
  const defects = new Defects();
  decodeUri("sip:anna:s3 cret%@pbx.example", defects);
  assert.ok(defects.found.length > 0);
  assert.doesNotMatch(
    JSON.stringify(defects.found.filter(({ expected }) => expected === "a password")),
    /s3/,
  );
});

test("userOf() and escapeUser() go both ways", () => {
  for (const user of ["anna", "anna meier", "+49301234", "*97#", "a@b", "ä%", "x;y?z/"]) {
    const uri = decodeUri(`sip:${escapeUser(user)}@pbx.example`);
    assert.ok(uri.ok && uri.value.kind === "sip");
    assert.equal(userOf(uri.value), user);
  }
  const broken = decodeUri("sip:%zz@pbx.example");
  assert.ok(broken.ok && broken.value.kind === "sip");
  assert.equal(userOf(broken.value), "%zz");
});

test("decodeNameAddr(): without brackets a parameter belongs to the header, with them to the URI", () => {
  const bare = decodeNameAddr("sip:anna@pbx.example;tag=7");
  assert.ok(bare.ok && bare.value.uri.kind === "sip");
  assert.equal(bare.value.parameters.get("tag"), "7");
  assert.equal(bare.value.uri.parameters.size, 0);
  const bracketed = decodeNameAddr("<sip:anna@pbx.example;transport=tcp>;tag=8");
  assert.ok(bracketed.ok && bracketed.value.uri.kind === "sip");
  assert.equal(bracketed.value.parameters.get("tag"), "8");
  assert.equal(bracketed.value.uri.parameters.get("transport"), "tcp");
  assert.equal(tagOf("nonsense"), undefined);
});

test("encodeNameAddr() quotes what it must", () => {
  const displayName = 'Anna "the < voice" \\ Meier';
  const text = encodeNameAddr({
    displayName,
    uriText: "sip:anna@pbx.example",
    parameters: new Map([["tag", "a b"]]),
  });
  const again = decodeNameAddr(text);
  assert.ok(again.ok);
  assert.equal(again.value.displayName, displayName);
  assert.equal(again.value.parameters.get("tag"), "a b");
});

test("decodeVia() and encodeVia()", () => {
  const text = "SIP/2.0/TLS [2001:db8::9]:5061;branch=z9hG4bKq;rport;received=192.0.2.3";
  const via = decodeVia(text);
  assert.ok(via.ok);
  assert.equal(via.value.transport, "TLS");
  assert.equal(via.value.host, "2001:db8::9");
  assert.equal(via.value.port, 5061);
  assert.equal(via.value.parameters.get("rport"), null);
  assert.equal(encodeVia(via.value), text);
});

const fits = [
  [["pbx.example"], "PBX.example", "name"],
  [["sip:pbx.example", "other.example"], "pbx.example", "uri"],
  [["*.example"], "pbx.example", "wildcard"],
  [["*.example"], "a.pbx.example", "none"],
  [["192.0.2.1"], "192.0.2.1", "name"],
  [["sip:pbx.example"], "example", "none"],
  [[], "pbx.example", "none"],
] as const;

for (const [names, domain, fit] of fits) {
  test(`certificateFit(): ${names.join(", ") || "nothing"} for ${domain} is ${fit}`, () => {
    assert.equal(certificateFit(names, domain), fit);
  });
}
