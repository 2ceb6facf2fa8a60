import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { fileAnswer, noAnswer, openDoors, type OpenDoors } from "../fakes/open-doors.ts";
import { seededRandom } from "../fakes/seeded-random.ts";

// curl, which is not made of Node, against the real HTTPS door.

const run = promisify(execFile);
const image = Buffer.from(seededRandom(3).bytes(300_000));
const config = Buffer.from("#!version:1.0.0.1\naccount.1.label = Müller\n");
const answer = ({ path }: { path: string }) => {
  if (path === "/a.cfg") return fileAnswer(path, config);
  return path === "/T46U(1).rom" ? fileAnswer(path, image, "application/octet-stream") : noAnswer;
};

function curlMissing(): false | string {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    return "curl is not installed";
  }
}
const skip = curlMissing();

interface Got {
  readonly body: Buffer;
  readonly status: string;
  readonly head: string;
}

async function curl(doors: OpenDoors, file: string, words: readonly string[] = []): Promise<Got> {
  const all = ["-sS", "-i", "--cacert", doors.caFile, ...words, `${doors.https}${file}`];
  const { stdout } = await run("curl", all, { encoding: "buffer", timeout: 20_000 });
  const end = stdout.indexOf("\r\n\r\n") + 4;
  const head = stdout.subarray(0, end).toString("latin1");
  return { body: stdout.subarray(end), head, status: /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? "" };
}

test("curl gets a file whole, with the CA that the door itself hands out", { skip }, async () => {
  await using doors = await openDoors(answer);
  const ca = await run("curl", ["-sSk", `${doors.https}offhook-ca.pem`]);
  assert.equal(ca.stdout, doors.caPem);
  const got = await curl(doors, "a.cfg");
  assert.deepEqual([got.status, got.body.equals(config)], ["200", true]);
  assert.match(got.head, new RegExp(`content-length: ${config.length}\r`, "i"));
  assert.doesNotMatch(got.head, /transfer-encoding/i);
});

test("curl gets a file of 300 kB whose name is percent-encoded", { skip }, async () => {
  await using doors = await openDoors(answer);
  assert.ok((await curl(doors, "T46U%281%29.rom")).body.equals(image));
});

test("curl without the CA is refused by itself, and the door says why", { skip }, async () => {
  await using doors = await openDoors(answer);
  await assert.rejects(run("curl", ["-sS", `${doors.https}a.cfg`]), { code: 60 });
  while (doors.tlsFailures.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.match(doors.tlsFailures[0]?.reason ?? "", /does not know the CA/);
  assert.equal(doors.tlsFailures[0]?.address, "127.0.0.1");
  assert.equal(doors.requests.length, 0);
});

test("curl's HEAD, If-None-Match and Range are answered", { skip }, async () => {
  await using doors = await openDoors(answer);
  const head = await curl(doors, "a.cfg", ["--head"]);
  assert.match(head.head, new RegExp(`^HTTP/1\\.1 200 [^]*content-length: ${config.length}\r`, "i"));
  const etag = /^etag: (.*)\r$/im.exec(head.head)?.[1] ?? "";
  const same = await curl(doors, "a.cfg", ["-H", `If-None-Match: ${etag}`]);
  assert.deepEqual([same.status, same.body.length], ["304", 0]);
  const part = await curl(doors, "T46U(1).rom", ["-g", "--range", "1000-1999"]);
  assert.deepEqual([part.status, part.body.equals(image.subarray(1000, 2000))], ["206", true]);
  const rest = await curl(doors, "T46U(1).rom", ["-g", "--range", "299990-"]);
  assert.deepEqual([rest.status, rest.body.length], ["206", 10]);
});

test("curl learns nothing from a path that leads out", { skip }, async () => {
  await using doors = await openDoors(answer);
  for (const file of ["../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..%c0%afetc/passwd", "none.cfg"]) {
    const got = await curl(doors, file, ["--path-as-is"]);
    assert.deepEqual([got.status, got.body.toString()], ["404", "Not found"], file);
  }
});

for (const version of ["1.2", "1.3"]) {
  test(`curl speaks TLS ${version}`, { skip }, async () => {
    await using doors = await openDoors(answer);
    const got = await curl(doors, "a.cfg", [`--tlsv${version}`, "--tls-max", version]);
    assert.equal(got.status, "200");
  });
}

test("curl with a password and a token shows both kinds of credential", { skip }, async () => {
  await using doors = await openDoors(answer);
  await curl(doors, "a.cfg", ["-u", "user:pass"]);
  await curl(doors, "AbCdEfGhIjKlMnOpQrStU_/a.cfg", ["-A", "Yealink SIP-T46U 108.86.0.90 \u00e9"]);
  assert.deepEqual(
    doors.requests.map(({ credential, path }) => [credential?.kind, path]),
    [
      ["basic", "/a.cfg"],
      ["token", "/a.cfg"],
    ],
  );
});
