// Simulated switches as a process of its own, all with the same 5,021 rows, each on a UDP port of its own.
// `switches-process.ts COUNT fast|slow`; its first line says `{ ports }`. A slow one answers one request at a time, and
// takes 5 ms for it and 0.2 ms for each row: as real ones do.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { sayAndServe, startOwnProcess } from "./own-process.ts";
import { RowTable, switchRows } from "./row-table.ts";

export type Manner = "fast" | "slow";

export const startSwitches = (count: number, manner: Manner) =>
  startOwnProcess<{ readonly ports: readonly number[] }>(import.meta.filename, [String(count), manner]);

const perRequest = 5;
const perRow = 0.2;

async function serve(table: RowTable, manner: Manner): Promise<number> {
  const socket = createSocket("udp4");
  let freeAt = 0;
  socket.on("message", (request: Buffer, from) => {
    const reply = table.answer(request);
    if (reply === undefined) return;
    const send = () => socket.send(reply.bytes, from.port, from.address);
    if (manner === "fast") return send();
    const now = performance.now();
    freeAt = Math.max(now, freeAt) + perRequest + perRow * reply.rows;
    setTimeout(send, freeAt - now);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.setRecvBufferSize(1 << 20);
  return socket.address().port;
}

if (process.argv[1] === import.meta.filename) {
  const manner = process.argv[3] === "slow" ? "slow" : "fast";
  const table = new RowTable(switchRows());
  const ports = await Promise.all(
    Array.from({ length: Number(process.argv[2]) }, () => serve(table, manner)),
  );
  sayAndServe({ ports });
}
