import type { Socket } from "node:net";
import type { Guard } from "../claims/guard.ts";
import { plainAddress } from "../doors/plain-address.ts";
import type { HttpsDoor } from "../doors/https-door.ts";

/** Who is shut out gets no handshake: the connection ends as it begins. */
export function shutOut({ server }: Pick<HttpsDoor, "server">, guard: Guard, door: "https" | "staff"): void {
  server.on("connection", (socket: Socket) => {
    if (guard.shutsOut(plainAddress(socket.remoteAddress), door)) socket.destroy();
  });
}
