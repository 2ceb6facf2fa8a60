import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { TransferTerms } from "../../protocol/tftp/options.ts";
import { decodeTftp } from "../../protocol/tftp/packet.ts";
import {
  receivedFile,
  type ReceiveState,
  type ReceiveStep,
  startReceive,
  stepReceive,
} from "../../protocol/tftp/receive-transfer.ts";

/** What a phone sees of a transfer: the file and the terms that were agreed on, or the error's code. */
export type TftpSeen =
  | { readonly ok: true; readonly body: Uint8Array; readonly terms: TransferTerms }
  | { readonly ok: false; readonly code: number | undefined };

/** Reads one file from a TFTP server on loopback with the options `wanted`; from a port of its own, as phones do. */
export async function readOverTftp(
  port: number,
  file: string,
  wanted: Partial<TransferTerms>,
  from = "127.0.0.1",
): Promise<TftpSeen> {
  const socket = createSocket("udp4");
  socket.bind(0, from);
  await once(socket, "listening");
  const wish = { file, mode: "octet", wanted, maxBytes: 10_000_000, patience: 20_000 } as const;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<TftpSeen>((resolve, reject) => {
      let state: ReceiveState;
      const take = (step: ReceiveStep): void => {
        ({ state } = step);
        for (const { to, bytes } of step.send) socket.send(bytes, to === "listener" ? port : to, "127.0.0.1");
        clearTimeout(timer);
        const seen = seenOf(state);
        if (seen !== undefined) resolve(seen);
        else timer = setTimeout(onTimer, Math.max(1, (step.wakeAt ?? 0) - performance.now()));
      };
      const onTimer = (): void => take(stepReceive(state, { kind: "timer" }, performance.now()));
      socket.on("message", (bytes, peer) => {
        const packet = decodeTftp(bytes);
        if (!packet.ok) reject(new Error(`${packet.why.place}: ${packet.why.found}`));
        else {
          const input = { kind: "packet", packet: packet.value, port: peer.port } as const;
          take(stepReceive(state, input, performance.now()));
        }
      });
      socket.on("error", reject);
      take(startReceive(wish, performance.now()));
    });
  } finally {
    clearTimeout(timer);
    // The last ACK must be out before the socket is gone.
    await new Promise((resolve) => setImmediate(resolve));
    socket.close();
  }
}

function seenOf(state: ReceiveState): TftpSeen | undefined {
  if (state.phase === "done") return { ok: true, body: receivedFile(state), terms: state.terms };
  if (state.failure === undefined) return undefined;
  return { ok: false, code: state.failure.kind === "refused" ? state.failure.code : undefined };
}
