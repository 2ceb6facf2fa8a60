// Hears RTP streams and tells, when asked by a datagram that is no RTP, how even they were: by the kernel's receive time, so
// that neither this process nor what else goes on here counts.
import { controlReading } from "../../agent/io/udp/hear-datagrams.ts";
import { openUdp } from "../../agent/io/udp/udp.ts";
import { decodeRtp } from "../../protocol/rtp/packet.ts";
import { percentile } from "../../protocol/rtp/percentile.ts";
import { sayAndServe } from "./own-process.ts";
import type { EarFigures } from "./rtp-ear.ts";

const clockPerMs = 8;
/** The RFC's jitter is a running mean over 16 packets: before that it tells of its start. */
const settling = 16;

interface Stream {
  /** Arrival minus media time, ms. */
  readonly transits: number[];
  readonly jitters: number[];
  jitter: number;
}

let streams = new Map<number, Stream>();

const socket = await openUdp({ localAddress: "127.0.0.1", control: true });
const reading = await controlReading();
socket.listen(
  ({ bytes, at, address, port }) => {
    const packet = decodeRtp(bytes);
    if (packet.ok) return take(packet.value.ssrc, at - packet.value.timestamp / clockPerMs);
    const figures = Buffer.from(JSON.stringify(figuresOf([...streams.values()])));
    streams = new Map();
    socket.send(figures, port, address).catch(() => undefined);
  },
  () => {},
);
sayAndServe({ port: socket.localPort, ...("why" in reading ? { noStamps: reading.why } : {}) });

function take(ssrc: number, transit: number): void {
  let stream = streams.get(ssrc);
  if (stream === undefined) streams.set(ssrc, (stream = { transits: [], jitters: [], jitter: 0 }));
  const before = stream.transits.at(-1);
  stream.transits.push(transit);
  if (before === undefined) return;
  stream.jitter += (Math.abs(transit - before) - stream.jitter) / 16;
  if (stream.transits.length > settling) stream.jitters.push(stream.jitter);
}

function figuresOf(heard: readonly Stream[]): EarFigures {
  const jitters = heard.flatMap((stream) => stream.jitters).toSorted((a, b) => a - b);
  const lateness = heard
    .flatMap(({ transits }) => {
      const sorted = transits.toSorted((a, b) => a - b);
      // Late against the stream's own even schedule, which its earliest packets tell.
      const schedule = percentile(sorted, 1) ?? 0;
      return sorted.map((transit) => transit - schedule);
    })
    .toSorted((a, b) => a - b);
  return {
    streams: heard.length,
    packets: lateness.length,
    jitterP50: percentile(jitters, 50) ?? 0,
    latenessP99: percentile(lateness, 99) ?? 0,
  };
}
