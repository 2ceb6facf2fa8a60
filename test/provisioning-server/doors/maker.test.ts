import assert from "node:assert/strict";
import { test } from "node:test";
import { macOfSubject, readMaker } from "../../../provisioning-server/doors/maker.ts";

const mac = "805ec0010001";
const subjects: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ["C=CN\nO=Yealink\nCN=805EC0010001", ["CN"], mac],
  ["CN=80:5e:c0:01:00:01", ["CN"], mac],
  ["O=Poly\nCN=80-5E-C0-01-00-01", ["CN"], mac],
  ["CN=805e.c001.0001", ["CN"], mac],
  ["CN=CP-8841-SEP805EC0010001", ["CN"], mac],
  ["C=US\nST=805EC0010001\nL=CBT141900G7\nCN=SPA-525G2, MAC: 805EC0010001, Serial: CBT141900G7", ["CN"], mac],
  ["C=US\nST=805EC0010001\nCN=SPA-525G2", ["CN"], undefined],
  ["C=US\nST=805EC0010001\nCN=SPA-525G2", ["CN", "ST"], mac],
  ["O=805EC0010001\nCN=IP Phone", ["CN"], undefined],
  ["CN=Yealink Equipment", ["CN"], undefined],
  ["CN=001565000000", ["CN"], undefined],
  ["CN=000000000000", ["CN"], undefined],
  ["CN=805EC0010001 805EC0010002", ["CN"], undefined],
  ["CN=805EC00100011", ["CN"], undefined],
  ["CN=x805EC0010001", ["CN"], undefined],
];
for (const [subject, attributes, expected] of subjects) {
  test(`macOfSubject() reads ${JSON.stringify(subject)} by ${attributes.join()}`, () => {
    assert.equal(macOfSubject(subject, attributes), expected);
  });
}

test("readMaker() refuses what is no certificate, and says which", () => {
  const none = readMaker("x", "nothing");
  assert.ok(!none.ok);
  const broken = readMaker("x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  assert.ok(!broken.ok && broken.why.place === "ca, certificate 1");
});
