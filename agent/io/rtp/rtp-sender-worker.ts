// The thread that paces RTP. It does nothing else, so that waiting may block it: Atomics.wait() wakes with a tenth of a
// millisecond where timers have a whole one, and the last moment is watched awake. Its sockets share their port with the
// receiving ones of rtp-sender.ts.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIP } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { markPayload } from "../../../protocol/rtp/counted-payload.ts";
import { encodeRtp, type PlainRtp } from "../../../protocol/rtp/packet.ts";
import type { EventPacket } from "../../../protocol/rtp/telephone-event.ts";
import { SrtpSender } from "../../../protocol/srtp/srtp-sender.ts";
import type { SenderJob, SenderResult } from "./rtp-sender.ts";
import { sleepExactly } from "./timer-slack.ts";
import { setUdpHeader } from "../udp/udp-options.ts";

const job = workerData as SenderJob;

/** CLOCK_MONOTONIC, ms: the same in every thread, which performance.now() is not. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

let sendErrors = 0;
let tosSet = true;

async function openSender(localAddress: string, localPort: number): Promise<Socket> {
  const family = isIP(localAddress) === 6 ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    reuseAddr: true,
    // Addresses only: answering at once makes send() reach the kernel before it returns.
    lookup: (host, _options, answer) => answer(null, host, family),
  });
  socket.on("error", () => {
    sendErrors += 1;
  });
  // Asked for first: with such a lookup bind() has listened before it returns.
  const listening = once(socket, "listening");
  socket.bind(localPort, localAddress);
  await listening;
  if (job.tos !== undefined && setUdpHeader(socket, family === 6, { tos: job.tos }).tos !== true)
    tosSet = false;
  return socket;
}

function sendAll(sockets: readonly Socket[]): SenderResult {
  const { streams, packetTime, count } = job;
  const sentAt = streams.map(() => new Float64Array(count));
  const lateness = new Float64Array(count * streams.length);
  const protectors = streams.map(({ protection }) =>
    protection === undefined ? undefined : new SrtpSender(protection),
  );
  const events = streams.map((stream) => new Map(stream.events?.packets.map((each) => [each.number, each])));
  const start = now() + packetTime;
  let sent = 0;
  for (let number = 0; number < count; number += 1) {
    for (const [index, stream] of streams.entries()) {
      // Streams start spread over the packet time, so that they do not leave in one burst.
      const due = start + number * packetTime + (index * packetTime) / streams.length;
      if (!waitUntil(due))
        return {
          sentAt: sentAt.map((times) => times.slice(0, number)),
          lateness: lateness.slice(0, sent),
          sendErrors,
          tosSet,
        };
      const clear = encodeRtp(packetOf(stream, number, events[index]?.get(number)));
      const packet = protectors[index]?.protect(clear) ?? clear;
      const left = now();
      sockets[index]?.send(packet, stream.port, stream.address);
      const times = sentAt[index];
      if (times !== undefined) times[number] = left;
      lateness[sent] = left - due;
      sent += 1;
      Atomics.store(job.control, 1, sent);
    }
  }
  return { sentAt, lateness, sendErrors, tosSet };
}

function packetOf(stream: SenderJob["streams"][number], number: number, event?: EventPacket): PlainRtp {
  const { ssrc, sequence, timestamp } = stream;
  const common = { ssrc, sequence: sequence + number };
  const at = (packet: number) => timestamp + packet * job.samplesPerPacket;
  if (event !== undefined && stream.events !== undefined) {
    const { marker, since, payload } = event;
    return { ...common, marker, payloadType: stream.events.payloadType, timestamp: at(since), payload };
  }
  const payload = stream.payload.slice();
  markPayload(payload.subarray(stream.markAt ?? 0), number);
  return { ...common, marker: number === 0, payloadType: stream.payloadType, timestamp: at(number), payload };
}

/** A sleep ends late by what the processor takes to wake: the last moment is watched awake, for no more than a tenth of a core. */
const watched = Math.min(0.2, job.packetTime / job.streams.length / 10);

/** False when the run is called off. */
function waitUntil(due: number): boolean {
  const rest = due - now() - watched;
  if (rest > 0 && Atomics.wait(job.control, 0, 0, rest) !== "timed-out") return false;
  while (now() < due);
  return Atomics.load(job.control, 0) === 0;
}

/** The first packets of a stream would leave a millisecond late while their code is compiled. */
function warmUp(): void {
  const [stream] = job.streams;
  if (stream === undefined) return;
  const protector = stream.protection === undefined ? undefined : new SrtpSender(stream.protection);
  for (let number = 0; number < 500; number += 1) {
    const clear = encodeRtp(packetOf(stream, number));
    protector?.protect(clear);
    if (number % 50 === 0) waitUntil(now() + watched);
  }
}

const sockets = await Promise.all(
  job.streams.map((stream) => openSender(stream.localAddress, stream.localPort)),
);
sleepExactly();
warmUp();
parentPort?.postMessage("ready");
if (parentPort !== null) await once(parentPort, "message");
const result = sendAll(sockets);
// Errors of the last sends arrive on the next turn of the loop.
setImmediate(() => {
  for (const socket of sockets) socket.close();
  parentPort?.postMessage({ ...result, sendErrors });
});
