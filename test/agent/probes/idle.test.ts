import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openStream } from "../../../agent/io/stream/stream.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { idle } from "../../../agent/probes/idle.ts";
import { Observation } from "../../../protocol/observation.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";

const io = { clock: systemClock, openUdp, openStream, resolve, say: () => undefined };

/** Answers each OPTIONS; what it does after so long a silence (ms) is the caller's. */
async function startServer(life: number, atEnd: (socket: Socket) => void) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
    socket.setTimeout(life, () => atEnd(socket));
    socket.on("data", (request) => {
      if (!socket.writableEnded) socket.write(answerTo(request.toString()));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
}

function answerTo(request: string): string {
  const repeated = request.split("\r\n").filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/.test(line));
  return ["SIP/2.0 200 OK", ...repeated, "Content-Length: 0", "", ""].join("\r\n");
}

async function look(port: number, most: number) {
  const checked = Value.Parse(idle.settings, Value.Default(idle.settings, { most }));
  const observations = await idle.run(`127.0.0.1:${port}`, checked, io, new AbortController().signal);
  for (const each of observations) assert.ok(Value.Check(Observation, each), JSON.stringify(each));
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  return { find, value: (key: ObservationKey) => find(key)?.value };
}

test("idle: a server that hangs up, and one that resets, after a silence", async () => {
  await using hangsUp = await startServer(1000, (socket) => socket.end());
  await using resets = await startServer(1000, (socket) => socket.resetAndDestroy());
  const [closed, reset] = await Promise.all([look(hangsUp.port, 2), look(resets.port, 2)]);
  assert.deepEqual([closed.value("idle.end"), reset.value("idle.end")], ["closed", "reset"]);
  for (const { value } of [closed, reset]) {
    assert.ok(Number(value("idle.most")) < 1.2, String(value("idle.most")));
    assert.ok(Number(value("idle.life")) > Number(value("idle.most")));
  }
});

test("idle: a connection that lives on", async () => {
  await using server = await startServer(60_000, () => undefined);
  const { find, value } = await look(server.port, 2);
  assert.equal(value("idle.most"), 2);
  assert.equal(find("idle.life"), undefined);
});

test("idle: nobody there", async () => {
  const server = await startServer(60_000, () => undefined);
  await server[Symbol.asyncDispose]();
  const { find } = await look(server.port, 2);
  assert.deepEqual([find("idle.most")?.outcome, find("idle.life")], ["timeout", undefined]);
  assert.match(find("idle.most")?.evidence ?? "", /not connected/);
});
