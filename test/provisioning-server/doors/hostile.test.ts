import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { test } from "node:test";
import { fileAnswer, noAnswer, openDoors } from "../../fakes/open-doors.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

// operations.md section 13, rows 18 and 25.

const seed = Number(process.env.SEED ?? 25);
const ups = [
  "../",
  "..\\",
  "%2e%2e/",
  "%2e%2e%2f",
  "..%5c",
  "..%c0%af",
  "%252e%252e%252f",
  "....//",
  ".%00./",
  "%uff0e/",
];
const goals = [
  "etc/passwd",
  "package.json",
  "data/vault.key",
  "windows/win.ini",
  "proc/self/environ%00.cfg",
  "~root/.ssh/id",
];
const starts = ["/", "//", "/a.cfg/", "/./", "/AbCdEfGhIjKlMnOpQrStU_/", "/file:///", "/%2f%2f"];

test(`10,000 ways out of the catalogue lead nowhere (seed ${seed})`, async (t) => {
  await using doors = await openDoors(({ path }) =>
    path === "/a.cfg" ? fileAnswer(path, Buffer.from("x")) : noAnswer,
  );
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const one = (list: readonly string[]): string => list[random.below(list.length)] ?? "";
  const agent = new Agent({ ca: doors.caPem, keepAlive: true, maxSockets: 4 });
  const seen = new Map<string, string>();
  const ask = async (path: string): Promise<void> => {
    const request = httpsRequest({ host: "127.0.0.1", port: doors.httpsPort, path, agent }).end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const { date: _, connection: __, "keep-alive": ___, ...headers } = response.headers;
    seen.set(JSON.stringify([response.statusCode, headers, String(await response.toArray())]), path);
  };
  for (let round = 0; round < 2500; round += 1)
    await Promise.all(
      Array.from({ length: 4 }, () =>
        ask(
          `${one(starts)}${Array.from({ length: 1 + random.below(8) }, () => one(ups)).join("")}${one(goals)}`,
        ),
      ),
    );
  agent.destroy();
  assert.equal(seen.size, 1, JSON.stringify([...seen]));
  assert.match([...seen.keys()].join(), /^\[404,.*"Not found"\]$/);
});

test("half handshakes keep nobody else out", async () => {
  await using doors = await openDoors(() => fileAnswer("a.cfg", Buffer.from("x")));
  const half = Array.from({ length: 150 }, () => {
    const socket = connect(doors.httpsPort, "127.0.0.1").on("error", () => {});
    socket.write(Buffer.from("1603010200010001fc0303", "hex"));
    return socket;
  });
  await Promise.all(half.map((socket) => once(socket, "connect")));
  const request = httpsRequest(`${doors.https}a.cfg`, { ca: doors.caPem, agent: false }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  response.resume();
  for (const socket of half) socket.destroy();
});
