import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

export type OnDatagram = (bytes: Uint8Array, peer: RemoteInfo) => void;

/** A boot storm arrives within milliseconds; what the buffer does not hold waits for the phone's own retry. */
const receiveBuffer = 4 * 1024 * 1024;

/** @throws EADDRINUSE, EACCES … as the kernel says it. */
export async function openUdpSocket(
  where: { readonly host: string; readonly port: number },
  onDatagram: OnDatagram,
  onError: (error: unknown) => void,
): Promise<Socket> {
  const socket = createSocket({
    type: where.host.includes(":") ? "udp6" : "udp4",
    recvBufferSize: receiveBuffer,
    // Peers are addresses already: nothing to look up, once per datagram.
    lookup: (host, _options, callback) => callback(null, host, host.includes(":") ? 6 : 4),
  });
  socket.on("message", onDatagram);
  const listening = once(socket, "listening");
  socket.bind(where.port, where.host);
  await listening;
  socket.on("error", onError);
  return socket;
}

export async function closeUdpSocket(socket: Socket): Promise<void> {
  const closed = once(socket, "close");
  socket.close();
  await closed;
}
