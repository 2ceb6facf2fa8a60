import type { Server, Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Guard } from "../claims/guard.ts";
import { forwardedAddress } from "../doors/http-door.ts";
import { plainAddress } from "../doors/plain-address.ts";

/** Who is shut out gets no handshake: the connection ends as it begins. */
export function shutOut(
  { server }: { readonly server: Server },
  guard: Guard,
  door: "https" | "http" | "staff",
): void {
  server.on("connection", (socket: Socket) => {
    if (guard.shutsOut(plainAddress(socket.remoteAddress), door)) socket.destroy();
  });
}

/** At the inner end of the legacy door, whose process knows nobody: the connection ends with its request, unanswered. */
export function shutOutForwarded(inner: FastifyInstance, guard: Guard): void {
  inner.addHook("onRequest", async (request, reply) => {
    if (!guard.shutsOut(forwardedAddress(request.raw), "legacy")) return;
    reply.hijack();
    request.raw.socket.destroy();
  });
}
