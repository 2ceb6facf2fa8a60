import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../../../protocol/secret.ts";
import {
  chooseCredential,
  readBasic,
  type CertificateCredential,
  type Shown,
} from "../../../provisioning-server/doors/credential.ts";

const certificate = (subject: string, verified: boolean): CertificateCredential => ({
  kind: "certificate",
  subject,
  issuer: "CN=Vendor CA",
  verified,
  vouched: [],
});
const token = new Secret("AbCdEfGhIjKlMnOpQrStU_");
const authorization = `Basic ${Buffer.from("u:p").toString("base64")}`;
const own: CertificateCredential = {
  ...certificate("O=Vendor\nCN=80:5E:C0:01:00:01", true),
  vouched: [{ vendor: "vendor", mac: "805ec0010001" }],
};

const table: readonly (readonly [string, Shown, string | undefined])[] = [
  ["nothing", {}, undefined],
  ["a certificate of a device, before a token", { certificate: own, token, authorization }, "certificate"],
  ["a token before a generic certificate", { certificate: certificate("CN=Generic", true), token }, "token"],
  ["a token before an unverified one", { certificate: certificate(own.subject, false), token }, "token"],
  ["a token before a password", { token, authorization }, "token"],
  [
    "a password before a generic certificate",
    { certificate: certificate("CN=G", true), authorization },
    "basic",
  ],
  [
    "a certificate that proves nothing, when there is no more",
    { certificate: certificate("CN=G", false) },
    "certificate",
  ],
];

for (const [what, shown, kind] of table) {
  test(`chooseCredential() takes ${what}`, () => {
    assert.equal(chooseCredential(shown)?.kind, kind);
  });
}

test("readBasic() splits at the first colon and takes nothing that is not Basic", () => {
  const basic = readBasic(`basic ${Buffer.from("ü:a:b").toString("base64")}`);
  assert.ok(basic?.kind === "basic");
  assert.deepEqual([basic.user, basic.password.reveal()], ["ü", "a:b"]);
  for (const text of [undefined, "", "Basic", "Basic !!", "Bearer abc", "Basic YWJj"])
    assert.equal(readBasic(text), undefined, text);
});
