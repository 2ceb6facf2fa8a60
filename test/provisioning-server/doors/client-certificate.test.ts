import "reflect-metadata";
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { webcrypto } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as x509 from "@peculiar/x509";
import type { PhoneRequest } from "../../../protocol/phone-request.ts";
import { ensureCertificates } from "../../../provisioning-server/doors/certificates.ts";
import { readMaker } from "../../../provisioning-server/doors/maker.ts";
import { buildHttpsDoor, renewCertificate } from "../../../provisioning-server/doors/https-door.ts";
import { fileAnswer } from "../../fakes/open-doors.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A vendor's CA and one phone's certificate of it, PEM. */
async function makeVendor(): Promise<{ ca: string; cert: string; key: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const phoneKeys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Made-up Vendor CA",
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const phone = await x509.X509CertificateGenerator.create({
    subject: "CN=80:5E:C0:01:00:01, O=Made-up Vendor",
    issuer: ca.subject,
    signingAlgorithm: algorithm,
    publicKey: phoneKeys.publicKey,
    signingKey: keys.privateKey,
  });
  const raw = await webcrypto.subtle.exportKey("pkcs8", phoneKeys.privateKey);
  return {
    ca: ca.toString("pem"),
    cert: phone.toString("pem"),
    key: x509.PemConverter.encode(raw, "PRIVATE KEY"),
  };
}

test("a client certificate is a credential for each request of a connection, also after a renewal", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "offhook-client-certificate-"));
  const vendor = await makeVendor();
  const other = await makeVendor();
  const maker = readMaker("made-up", vendor.ca);
  assert.ok(maker.ok);
  const makers = [maker.value];
  const own = await ensureCertificates({ folder, names: ["127.0.0.1"], now: Date.now() });
  const certificate = { cert: own.cert, key: own.key, ca: own.caPem };
  const asked: PhoneRequest[] = [];
  const door = buildHttpsDoor({
    certificate,
    makers,
    answer: async (request) => {
      asked.push(request);
      return fileAnswer("x", Buffer.from("x"));
    },
    record: () => {},
    crash: (error) => assert.fail(String(error)),
    recordTlsError: () => {},
  });
  context.after(async () => {
    await door.close();
    await rm(folder, { recursive: true });
  });
  const url = await door.listen({ host: "127.0.0.1", port: 0 });
  const get = async (agent: Agent): Promise<void> => {
    const request = httpsRequest(`${url}/x.cfg`, { agent }).end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
  };
  const credentials = () =>
    asked.splice(0).map(({ credential }) => {
      if (credential?.kind !== "certificate") return credential?.kind;
      return `${credential.subject.split("\n")[0] ?? ""} ${String(credential.verified)}`;
    });

  const phone = new Agent({
    ca: own.caPem,
    cert: vendor.cert,
    key: vendor.key,
    keepAlive: true,
    maxSockets: 1,
  });
  await get(phone);
  await get(phone);
  phone.destroy();
  assert.deepEqual(credentials(), ["CN=80:5E:C0:01:00:01 true", "CN=80:5E:C0:01:00:01 true"]);

  const stranger = new Agent({ ca: own.caPem, cert: other.cert, key: other.key });
  await get(stranger);
  const plain = new Agent({ ca: own.caPem });
  await get(plain);
  assert.deepEqual(credentials(), ["CN=80:5E:C0:01:00:01 false", undefined]);

  const later = await ensureCertificates({
    folder,
    names: ["127.0.0.1"],
    now: Date.now() + 370 * 86_400_000,
  });
  assert.notEqual(later.cert, own.cert);
  renewCertificate(door, { certificate: { ...certificate, cert: later.cert }, makers }, Date.now());
  // The new one is not valid yet, which is how the client tells that it is the new one.
  await assert.rejects(get(new Agent({ ca: own.caPem })), { code: "CERT_NOT_YET_VALID" });
});
