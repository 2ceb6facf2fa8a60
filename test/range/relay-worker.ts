import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";

// A relay between a probe and a mirror on loopback, with a delay of its own for each way. It calls the mirror as the probe called
// it, and puts its own address, which is as long as the mirror's, into what the mirror answers. It says how long packets
// really stayed in it: the truth that the probe's figures are held against.

export interface RelayJob {
  /** Where probe and mirror see the relay, and where the mirror is; of one length. */
  readonly relay: string;
  readonly mirror: string;
  readonly sipPort: number;
  readonly rtpPorts: readonly number[];
  /** Delays that packets of a way get in turn, ms. */
  readonly forward: readonly number[];
  readonly reverse: readonly number[];
}

/** ms in the relay, packet by packet as they came. */
export interface RelayTruth {
  readonly forward: readonly number[];
  readonly reverse: readonly number[];
}

const job = workerData as RelayJob;
const stayed: { forward: number[]; reverse: number[] } = { forward: [], reverse: [] };

async function bound(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(port, job.relay);
  await once(socket, "listening");
  return socket;
}

/** What comes to `port` goes to the mirror's port of that number, and back. */
async function relay(
  port: number,
  pass: (way: "forward" | "reverse", bytes: Buffer, send: (bytes: Buffer) => void) => void,
) {
  const [near, far] = [await bound(port), await bound(0)];
  let caller: RemoteInfo | undefined;
  near.on("message", (bytes, from) => {
    caller = from;
    pass("forward", bytes, (late) => far.send(late, port, job.mirror));
  });
  far.on("message", (bytes) => {
    pass("reverse", bytes, (late) => {
      if (caller !== undefined) near.send(late, caller.port, caller.address);
    });
  });
}

await relay(job.sipPort, (_way, bytes, send) => {
  send(Buffer.from(bytes.toString("latin1").replaceAll(job.mirror, job.relay), "latin1"));
});
for (const port of job.rtpPorts)
  await relay(port, (way, bytes, send) => {
    const came = performance.now();
    const delays = job[way];
    // RTCP goes at once, and is no part of the truth.
    const rtcp = (bytes[1] ?? 0) >= 192 && (bytes[1] ?? 0) <= 223;
    const delay = delays[stayed[way].length % delays.length] ?? 0;
    if (rtcp) return send(bytes);
    const place = stayed[way].push(0) - 1;
    // Timers are late and never early: what the packet really stayed is what counts.
    setTimeout(() => {
      send(bytes);
      stayed[way][place] = performance.now() - came;
    }, delay);
  });
parentPort?.on("message", () => {
  parentPort?.postMessage(stayed satisfies RelayTruth);
});
parentPort?.postMessage("ready");
