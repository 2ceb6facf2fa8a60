import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { test } from "node:test";
import { createSecureContext, createServer, type TlsOptions } from "node:tls";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openStream } from "../../../agent/io/stream/stream.ts";
import { tls } from "../../../agent/probes/tls.ts";
import { Observation } from "../../../protocol/observation.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { selfSigned } from "../../fakes/self-signed.ts";

const io = { clock: systemClock, openStream, resolve, say: () => undefined };
const day = 86_400_000;
const validity = { from: new Date(Date.now() - day), to: new Date(Date.now() + 10.5 * day) };
const asked = await selfSigned([{ type: "dns", value: "pbx.example" }], validity);
const other = await selfSigned([{ type: "dns", value: "default.example" }], validity);

/** Its port, and its end. */
async function listen(server: Server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

function startTls(options: TlsOptions) {
  const server = createServer(options, (socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => socket.write("\r\n"));
  });
  server.on("tlsClientError", () => undefined);
  return listen(server);
}

async function look(port: number, settings: Record<string, unknown> = {}) {
  const checked = Value.Parse(tls.settings, Value.Default(tls.settings, settings));
  const observations = await tls.run(`127.0.0.1:${port}`, checked, io, new AbortController().signal);
  for (const each of observations) assert.ok(Value.Check(Observation, each), JSON.stringify(each));
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  return {
    find,
    value: (key: ObservationKey) => find(key)?.value,
    shown: tls.show?.(observations).join("\n") ?? "",
  };
}

test("tls: the certificate with the name, the one without, and the versions", async () => {
  await using server = await startTls({
    ...other,
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.2",
    SNICallback: (name, done) => {
      done(null, createSecureContext(name === "pbx.example" ? asked : other));
    },
  });
  const { value, find, shown } = await look(server.port, { serverName: "pbx.example" });
  assert.equal(find("tls.version")?.subject, `sip:127.0.0.1:${server.port}/tls`);
  assert.deepEqual([value("tls.names"), value("tls.names.plain")], [["pbx.example"], ["default.example"]]);
  assert.deepEqual([value("tls.version"), value("tls.versions")], ["TLSv1.2", ["TLSv1.2"]]);
  assert.deepEqual([value("tls.nameMatch"), value("tls.daysLeft")], [true, 10]);
  assert.equal(find("tls.clientCert"), undefined);
  assert.match(shown, /without SNI for +default\.example/);
});

test("tls: an old server, with which no phone of today speaks", async () => {
  await using server = await startTls({
    ...asked,
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "ALL:@SECLEVEL=0",
  });
  const { value } = await look(server.port, { serverName: "pbx.example" });
  assert.deepEqual(value("tls.versions"), ["TLSv1", "TLSv1.1"]);
});

test("tls: a server that asks for a client certificate", async () => {
  await using server = await startTls({ ...asked, requestCert: true, rejectUnauthorized: true });
  const { value } = await look(server.port, { serverName: "pbx.example" });
  assert.equal(value("tls.clientCert"), true);
});

for (const version of ["TLSv1.1", "TLSv1.2"] as const)
  test(`tls: a server of ${version} alone that asks for a client certificate, which its alert does not say`, async () => {
    const options = { ...asked, minVersion: version, maxVersion: version, ciphers: "ALL:@SECLEVEL=0" };
    await using server = await startTls({ ...options, requestCert: true, rejectUnauthorized: true });
    const { value } = await look(server.port, { serverName: "pbx.example" });
    assert.deepEqual([value("tls.clientCert"), value("tls.versions")], [true, [version]]);
  });

test("tls: a certificate that is asked for and not insisted on is no demand, nor is a handshake that fails otherwise", async () => {
  await using lenient = await startTls({
    ...asked,
    maxVersion: "TLSv1.2",
    requestCert: true,
    rejectUnauthorized: false,
  });
  const taken = await look(lenient.port, { serverName: "pbx.example" });
  assert.deepEqual([taken.find("tls.clientCert"), taken.value("tls.versions")], [undefined, ["TLSv1.2"]]);
  await using strange = await startTls({
    ...asked,
    maxVersion: "TLSv1.2",
    ciphers: "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0",
  });
  const failed = await look(strange.port, { serverName: "pbx.example" });
  assert.equal(failed.find("tls.clientCert"), undefined);
});

test("tls: a port that speaks something else, and one that nobody has", async () => {
  const plain = await listen(
    createTcpServer((socket) =>
      socket
        .on("error", () => undefined)
        .resume()
        .end("220 hello\r\n"),
    ),
  );
  const { value, find } = await look(plain.port);
  assert.deepEqual([value("sip.transport"), value("tls.instead")], ["tls", "another protocol"]);
  assert.equal(find("tls.versions"), undefined);
  await plain[Symbol.asyncDispose]();
  assert.equal((await look(plain.port)).find("sip.code")?.outcome, "refused");
});
