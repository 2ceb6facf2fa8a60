import type { Server, Socket } from "node:net";
import { plainAddress } from "./plain-address.ts";

/** operations.md section 1: one address cannot take all the places. */
export function limitConnections(server: Server, perAddress: number): void {
  server.maxConnections = 10_000;
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    if (count > perAddress) socket.destroy();
  });
}
