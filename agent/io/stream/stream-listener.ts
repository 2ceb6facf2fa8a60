import { once } from "node:events";
import { createServer, type Socket } from "node:net";

/** A connection somebody else opened. */
export interface AcceptedStream {
  readonly address: string;
  readonly port: number;
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface StreamListenerOptions {
  readonly address: string;
  /** 0: any. */
  readonly port: number;
  /** Connections at once; more are closed at once. */
  readonly most: number;
  /** A connection that says nothing for so long is closed, ms. */
  readonly idle: number;
  /** False closes it unheard. */
  admits(address: string): boolean;
  /** Hears the bytes of one connection, as they come. */
  onConnection(stream: AcceptedStream): (bytes: Uint8Array) => void;
}

export interface StreamListener extends AsyncDisposable {
  readonly port: number;
}

/** Listens for TCP connections. @throws NodeJS.ErrnoException EADDRINUSE, EACCES … */
export async function listenForStreams(options: StreamListenerOptions): Promise<StreamListener> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    const address = socket.remoteAddress ?? "";
    socket.on("error", () => socket.destroy());
    if (!options.admits(address)) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.setTimeout(options.idle, () => socket.destroy());
    const stream: AcceptedStream = {
      address,
      port: socket.remotePort ?? 0,
      send: (bytes) => void socket.write(bytes),
      close: () => socket.destroy(),
    };
    socket.on("data", options.onConnection(stream));
  });
  server.maxConnections = options.most;
  server.listen(options.port, options.address);
  await once(server, "listening");
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : options.port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
