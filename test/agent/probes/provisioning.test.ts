import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { fetchAsPhone, tryParseFetchTarget } from "../../../agent/io/fetch/phone-fetch.ts";
import { provisioning } from "../../../agent/probes/provisioning.ts";
import { fetchPlan, hideSecrets } from "../../../agent/probes/provisioning/fetch-plan.ts";
import { Observation } from "../../../protocol/observation.ts";
import { fileAnswer, noAnswer, openDoors } from "../../fakes/open-doors.ts";

const token = "AbCdEfGhIjKlMnOpQrStU_";
const io = { clock: systemClock, fetchAsPhone, say: () => {} };
const { signal } = new AbortController();

async function look(target: string, settings: Record<string, unknown> = {}): Promise<Observation[]> {
  const full = { file: "{mac}.cfg", checkCertificate: true, timeout: 10, ...settings };
  assert.ok(Value.Check(provisioning.settings, full));
  const observations = await provisioning.run(target, full, io, signal);
  for (const observation of observations) assert.ok(Value.Check(Observation, observation), observation.key);
  return observations;
}

const facts = (observations: readonly Observation[]) =>
  Object.fromEntries(
    observations.map(({ key, value, outcome }) => [key, outcome === "ok" ? value : outcome]),
  );

const body = Buffer.from("#!version:1.0.0.1\nx = 1\n".repeat(100));
const answer = ({ path }: { path: string }) =>
  path === "/805ec0010001.cfg" ? fileAnswer(path, body) : noAnswer;

test("provisioning fetches a MAC's file over HTTPS with its token, and tells TLS and size", async () => {
  await using doors = await openDoors(answer);
  const observations = await look("80:5E:C0:01:00:01", {
    server: `${doors.https}${token}/`,
    ca: doors.caFile,
    userAgent: "Yealink SIP-T46U 108.86.0.90",
  });
  const seen = facts(observations);
  assert.deepEqual(
    [seen["prov.fetch"], seen["prov.fetch.door"], seen["prov.status"], seen["prov.bytes"]],
    [true, "https", "file", body.length],
  );
  assert.deepEqual([seen["tls.version"], seen["tls.chain"], seen["tls.nameMatch"]], ["TLSv1.3", "ok", true]);
  assert.deepEqual(seen["tls.names"], ["127.0.0.1", "localhost"]);
  assert.ok(Number(seen["tls.daysLeft"]) > 390);
  assert.ok(observations.every(({ subject }) => subject === "phone:805ec0010001"));
  assert.doesNotMatch(JSON.stringify(observations), new RegExp(token));
  assert.equal(doors.requests[0]?.credential?.kind, "token");
  assert.equal(doors.requests[0]?.userAgent, "Yealink SIP-T46U 108.86.0.90");
  assert.match(provisioning.show?.(observations).join("\n") ?? "", /fetched\n.*2400 bytes over https/);
});

test("provisioning fetches over TFTP", async () => {
  await using doors = await openDoors(answer);
  const seen = facts(await look(`${doors.tftp}805ec0010001.cfg`));
  assert.deepEqual(
    [seen["prov.fetch"], seen["prov.fetch.door"], seen["prov.bytes"], seen["tls.version"]],
    [true, "tftp", body.length, undefined],
  );
});

for (const door of ["https", "tftp"] as const) {
  test(`provisioning says absent for what ${door} does not give`, async () => {
    await using doors = await openDoors(answer);
    const observations = await look(`${doors[door]}805ec0010002.cfg`, { ca: doors.caFile });
    const seen = facts(observations);
    assert.deepEqual(
      [seen["prov.fetch"], seen["prov.status"], seen["prov.bytes"]],
      ["absent", "absent", undefined],
    );
    assert.equal(observations[0]?.subject, "phone:805ec0010002");
  });
}

test("provisioning asks nothing of a server it does not trust, unless told to", async () => {
  await using doors = await openDoors(answer);
  const url = `${doors.https}805ec0010001.cfg`;
  const seen = facts(await look(url));
  assert.equal(seen["prov.fetch"], "garbled");
  assert.match(String(seen["prov.tlsError"]), /CA that signed the certificate is not known/);
  assert.equal(seen["tls.chain"], "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  assert.equal(doors.requests.length, 0);
  assert.equal(facts(await look(url, { checkCertificate: false }))["prov.fetch"], true);
});

test("provisioning names a name that does not resolve", async () => {
  const seen = facts(await look("https://phones.invalid/x.cfg"));
  assert.deepEqual([seen["prov.fetch"], typeof seen["dns.error"]], ["unreachable", "string"]);
});

test("provisioning tells a closed port, a silent server and one that is no TLS apart", async () => {
  const silent = createServer((socket) => socket.on("error", () => {}).resume());
  const other = createServer((socket) =>
    socket
      .on("error", () => {})
      .resume()
      .end("220 hello\r\n"),
  );
  silent.listen(0, "127.0.0.1");
  other.listen(0, "127.0.0.1");
  await Promise.all([once(silent, "listening"), once(other, "listening")]);
  const portOf = (server: typeof silent) => {
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    return address.port;
  };
  const [silentPort, otherPort] = [portOf(silent), portOf(other)];
  const fetched = async (port: number, timeout: number) =>
    facts(await look(`https://127.0.0.1:${port}/x.cfg`, { timeout }))["prov.fetch"];
  assert.equal(await fetched(silentPort, 0.3), "timeout");
  assert.equal(await fetched(otherPort, 10), "garbled");
  const closed = [once(silent, "close"), once(other, "close")];
  silent.close();
  other.close();
  await Promise.all(closed);
  assert.equal(await fetched(otherPort, 10), "refused");
});

test("provisioning says what a MAC lacks", async () => {
  const [observation] = await look("805ec0010001");
  assert.equal(observation?.outcome, "unreachable");
  assert.match(observation?.evidence ?? "", /a MAC needs `server`/);
});

const subjects: readonly (readonly [string, string])[] = [
  ["https://h:8443/805ec0010001.cfg", "phone:805ec0010001"],
  ["https://h/linphone-020000000001.xml?x=1", "phone:020000000001"],
  ["tftp://h/cfg805ec0010001.xml", "phone:805ec0010001"],
  ["https://h/y000000000108.cfg", "server:h"],
  ["https://u:p@[2001:db8::1]:8443/x.cfg", "server:[2001:db8::1]"],
];

for (const [target, subject] of subjects) {
  test(`fetchPlan() takes ${target} to be about ${subject}`, () => {
    assert.equal(fetchPlan(target, { file: "{mac}.cfg" }).subject, subject);
  });
}

test("hideSecrets() hides tokens and passwords", () => {
  assert.equal(hideSecrets(`https://u:p@h/${token}/a.cfg`), "https://••••@h/••••/a.cfg");
});

const targets: readonly (readonly [string, string | undefined])[] = [
  ["https://h/a%20b.cfg?x=1", "https h 443 /a%20b.cfg?x=1"],
  ["http://[::1]:8080/", "http ::1 8080 /"],
  ["tftp://h/a%20b.cfg", "tftp h 69 a b.cfg"],
  ["tftp://h:80/a", "tftp h 80 a"],
  ["tftp://h:6969/a%zz", "tftp h 6969 a%zz"],
  ["ftp://h/a", undefined],
  ["https://", undefined],
  ["h:443", undefined],
];

for (const [text, expected] of targets) {
  test(`tryParseFetchTarget() reads ${text}`, () => {
    const target = tryParseFetchTarget(text);
    const words = target && `${target.door} ${target.host} ${target.port} ${target.path}`;
    assert.equal(words, expected);
  });
}

test("provisioning tells plain HTTP on an HTTPS port by its own name", async (t) => {
  const plain = createHttpServer((_, reply) => reply.end("hello")).listen(0, "127.0.0.1");
  await once(plain, "listening");
  t.after(() => plain.close());
  const seen = facts(
    await look(`https://127.0.0.1:${(plain.address() as AddressInfo).port}/805ec0010001.cfg`),
  );
  assert.equal(seen["tls.instead"], "another protocol");
  assert.equal(seen["prov.tlsError"], "the port answers with something that is not TLS");
});
