import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ensureCertificates } from "../../../provisioning-server/doors/certificates.ts";

const day = 86_400_000;
const names = ["phones.example", "127.0.0.1", "::1"];

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "offhook-certificates-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

test("ensureCertificates() makes a CA of 10 years and a server certificate for all names", async (context) => {
  const folder = await temporaryFolder(context);
  const now = Date.now();
  const made = await ensureCertificates({ folder, names, now });
  const ca = new X509Certificate(made.caPem);
  const server = new X509Certificate(made.cert);
  assert.ok(ca.ca);
  assert.ok(Math.abs(ca.validToDate.getTime() - now - 3652 * day) < day);
  assert.ok(server.verify(ca.publicKey));
  assert.equal(server.checkHost("phones.example"), "phones.example");
  assert.equal(server.checkIP("127.0.0.1"), "127.0.0.1");
  assert.equal(server.checkHost("other.example"), undefined);
  const spki = server.publicKey.export({ type: "spki", format: "der" });
  assert.equal(made.spkiPin, createHash("sha256").update(spki).digest("base64url"));
  assert.equal(Math.abs(server.validToDate.getTime() - made.notAfter) < 1000, true);
});

test("ensureCertificates() keeps keys to the owner alone", async (context) => {
  const folder = await temporaryFolder(context);
  await ensureCertificates({ folder, names, now: Date.now() });
  for (const file of ["ca.key", "server.key"])
    assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600, file);
});

test("ensureCertificates() keeps what is good", async (context) => {
  const folder = await temporaryFolder(context);
  const now = Date.now();
  const first = await ensureCertificates({ folder, names, now });
  assert.deepEqual(await ensureCertificates({ folder, names, now: now + 300 * day }), first);
});

const renewals = [
  ["30 days before the end", names, 368],
  ["after the end", names, 500],
  ["for other names", ["other.example"], 1],
] as const;

for (const [when, wanted, days] of renewals) {
  test(`ensureCertificates() renews the server certificate ${when}, with the same key and CA`, async (context) => {
    const folder = await temporaryFolder(context);
    const now = Date.now();
    const first = await ensureCertificates({ folder, names, now });
    const second = await ensureCertificates({ folder, names: wanted, now: now + days * day });
    assert.notEqual(second.cert, first.cert);
    assert.equal(second.spkiPin, first.spkiPin);
    assert.equal(second.caPem, first.caPem);
    assert.ok(new X509Certificate(second.cert).verify(new X509Certificate(first.caPem).publicKey));
  });
}

test("ensureCertificates() never overwrites a file it cannot read", async (context) => {
  const folder = await temporaryFolder(context);
  await ensureCertificates({ folder, names, now: Date.now() });
  await writeFile(join(folder, "ca.key"), "broken");
  await assert.rejects(ensureCertificates({ folder, names, now: Date.now() }), /ca\.key: expected an ECDSA/);
  assert.equal(await readFile(join(folder, "ca.key"), "utf8"), "broken");
});
