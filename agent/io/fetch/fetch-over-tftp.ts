import { createSocket } from "node:dgram";
import { decodeTftp } from "../../../protocol/tftp/packet.ts";
import {
  receivedFile,
  type ReceiveFailure,
  type ReceiveStep,
  startReceive,
  stepReceive,
} from "../../../protocol/tftp/receive-transfer.ts";
import { type DoorFetched, largestFile, type PhoneFetchFailure } from "./phone-fetched.ts";

/** A read transfer (RFC 1350), with the options that phones of today ask for: blocks of a frame's size, and the size. */
export async function fetchOverTftp(
  what: { readonly path: string; readonly port: number },
  address: string,
  patience: number,
  limit: AbortSignal,
): Promise<DoorFetched> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  const wish = {
    file: what.path,
    mode: "octet",
    wanted: { blockSize: 1468, size: 0 },
    maxBytes: largestFile,
    patience,
  } as const;
  let step = startReceive(wish, performance.now());
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<DoorFetched>((resolve) => {
      const stop = (failure: PhoneFetchFailure): void => resolve({ failure });
      const take = (next: ReceiveStep): void => {
        step = next;
        for (const { to, bytes } of step.send)
          socket.send(bytes, to === "listener" ? what.port : to, address, (error) => {
            if (error !== null) stop({ stage: "connect", code: codeOf(error), message: error.message });
          });
        clearTimeout(timer);
        if (step.state.phase === "done") resolve({ status: 200, body: receivedFile(step.state) });
        else if (step.state.failure !== undefined) resolve(failed(step.state.failure));
        else timer = setTimeout(onTimer, Math.max(1, (step.wakeAt ?? 0) - performance.now()));
      };
      const onTimer = (): void => take(stepReceive(step.state, { kind: "timer" }, performance.now()));
      socket.on("message", (bytes, peer) => {
        const packet = decodeTftp(bytes);
        if (peer.address !== address || !packet.ok) return;
        const input = { kind: "packet", packet: packet.value, port: peer.port } as const;
        take(stepReceive(step.state, input, performance.now()));
      });
      socket.on("error", (error) => stop({ stage: "connect", code: codeOf(error), message: error.message }));
      limit.addEventListener("abort", () => stop(silent), { once: true });
      take(step);
    });
  } finally {
    clearTimeout(timer);
    await closeAfterSending(socket);
  }
}

const silent: PhoneFetchFailure = {
  stage: "answer",
  code: "ETIMEDOUT",
  message: "the server did not answer in time",
};

function failed(failure: ReceiveFailure): DoorFetched {
  switch (failure.kind) {
    case "silent":
      return { failure: silent };
    case "refused": {
      const { code, message } = failure;
      const status = code === 1 ? { status: 404 } : {};
      return { ...status, failure: { stage: "answer", code: `TFTP ${code}`, message } };
    }
    case "garbled":
      return { failure: { stage: "answer", code: "GARBLED", message: failure.message } };
    case "too-large":
      return {
        failure: { stage: "answer", code: "TOO LARGE", message: "the file is larger than a phone's" },
      };
  }
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "EIO";
}

/** The last ACK is handed to the kernel before the socket is gone, or the server waits for it in vain. */
async function closeAfterSending(socket: ReturnType<typeof createSocket>): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => socket.close(resolve));
}
