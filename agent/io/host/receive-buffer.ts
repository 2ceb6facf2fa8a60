import { createSocket } from "node:dgram";
import { once } from "node:events";

/**
 * What the kernel gives a UDP socket that asks for so many bytes of receive buffer, as the asker counts them.
 * @throws NodeJS.ErrnoException where no socket can be had.
 */
export async function receiveBufferFor(bytes: number): Promise<number> {
  const socket = createSocket("udp4");
  try {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    socket.setRecvBufferSize(bytes);
    const granted = socket.getRecvBufferSize();
    // Linux doubles what was asked for, for its own bookkeeping, and reads the doubled number back (socket(7)).
    return process.platform === "linux" ? granted / 2 : granted;
  } finally {
    socket.close();
  }
}
