import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { controlReading, hearDatagrams } from "../../agent/io/hear-datagrams.ts";
import { openRtp, sendRtp } from "../../agent/io/rtp-sender.ts";
import type { Datagram } from "../../agent/io/udp.ts";
import { RtcpReporter } from "../../protocol/rtp/rtcp-reporter.ts";
import { decodeRtp, encodeRtp } from "../../protocol/rtp/packet.ts";
import { percentile } from "../../protocol/rtp/percentile.ts";
import { newSrtpMaster } from "../../protocol/srtp/crypto-attribute.ts";
import { SrtpReceiver } from "../../protocol/srtp/srtp-receiver.ts";
import { SrtpSender } from "../../protocol/srtp/srtp-sender.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { compare, type Run, type Side } from "./compare.ts";
import { findProgram, startProgram } from "./start-program.ts";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const address = "127.0.0.1";
const packetTime = 20;
const clock = 8000;

export const bench: Bench = {
  name: "rtp",
  about: "pacing of RTP streams beside sipp's, by kernel receive time; SRTP packets a second",
  async run(context) {
    await compare(context, "SRTP, 172-octet packets, AES-CM HMAC-SHA1-80", srtp());
    for (const streams of context.effort.brief ? [1, 50] : [1, 50, 200]) {
      const sipp = findProgram("sipp");
      if (sipp === undefined) context.skip("sipp", "sipp is not installed");
      const peers = sipp === undefined ? [] : [sippSide(context, streams)];
      await compare(
        context,
        `pacing of ${streams} streams, one packet each 20 ms`,
        pacing(streams, context.signal),
        peers,
      );
    }
  },
};

/** Protects and reads again. */
function srtp(): Side {
  return {
    name: "offhook",
    run(ms): Promise<Run> {
      const master = newSrtpMaster("AES_CM_128_HMAC_SHA1_80", randomBytes);
      const [sender, receiver] = [new SrtpSender(master), new SrtpReceiver(master)];
      const payload = new Uint8Array(160);
      const until = performance.now() + ms;
      const from = performance.now();
      let done = 0;
      for (; performance.now() < until; done += 1) {
        const packet = {
          marker: false,
          payloadType: 0,
          sequence: done,
          timestamp: done * 160,
          ssrc: 7,
          payload,
        };
        if (!receiver.decode(sender.protect(encodeRtp(packet))).ok)
          throw new Error("SRTP refused its own packet");
      }
      const seconds = (performance.now() - from) / 1000;
      return Promise.resolve({ rates: { "packets/s, protected and read": done / seconds } });
    },
  };
}

/** Hears streams on one port and keeps the RFC 3550 jitter of each, by kernel receive time. */
async function openEar() {
  const socket = createSocket("udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  socket.setRecvBufferSize(4 << 20);
  const streams = new Map<number, RtcpReporter>();
  const onDatagram = ({ bytes, at }: Datagram): void => {
    const packet = decodeRtp(bytes);
    if (!packet.ok) return;
    const { ssrc } = packet.value;
    const stream = streams.get(ssrc) ?? new RtcpReporter(0, clock, "ear");
    streams.set(ssrc, stream);
    stream.take(packet.value, at);
  };
  hearDatagrams(socket, await controlReading(), {
    onDatagram,
    onError: (error) => {
      throw error;
    },
  });
  return {
    port: socket.address().port,
    /** More is better: the steadiness, as 1 / median jitter. */
    rates(): Run["rates"] {
      const jitters = [...streams.values()].map(({ jitter }) => jitter).toSorted((a, b) => a - b);
      const median = percentile(jitters, 50);
      return median === undefined ? {} : { "1/ms of median jitter": 1 / Math.max(median, 0.001) };
    },
    close: () => socket.close(),
  };
}

function pacing(streams: number, signal: AbortSignal): Side {
  return {
    name: "offhook",
    async run(ms): Promise<Run> {
      const ear = await openEar();
      await using scope = new AsyncDisposableStack();
      const plan = [];
      for (let i = 0; i < streams; i += 1) {
        const socket = scope.use(await openRtp(address));
        await socket.connect(address, ear.port);
        const payload = new Uint8Array(160);
        plan.push({
          socket,
          address,
          port: ear.port,
          payloadType: 0,
          ssrc: i + 1,
          sequence: 1,
          timestamp: 0,
          payload,
        });
      }
      const count = Math.max(50, Math.round(ms / packetTime));
      await sendRtp(plan, { packetTime, count, samplesPerPacket: 160 }, signal);
      ear.close();
      return { rates: ear.rates() };
    },
  };
}

/** sipp calls a server of its own that answers with our ear's port, and plays a file of G.711. */
function sippSide({ folder, signal }: BenchContext, streams: number): Side {
  return {
    name: "sipp",
    async run(ms): Promise<Run> {
      const ear = await openEar();
      const seconds = Math.max(1, Math.ceil(ms / 1000));
      const server = createSocket("udp4");
      server.bind(0, address);
      await once(server, "listening");
      server.on("message", (bytes, from) => {
        const answer = answerTo(bytes.toString("latin1"), ear.port);
        if (answer !== undefined) server.send(answer, from.port, from.address);
      });
      const [scenario, audio] = [join(folder, "stream.xml"), join(folder, "audio.ulaw")];
      await writeFile(audio, Buffer.alloc(8000 * (seconds + 2), 0x55));
      await writeFile(scenario, scenarioOf(audio, seconds));
      const words = [
        "-sf",
        scenario,
        "-i",
        address,
        "-m",
        String(streams),
        "-l",
        String(streams),
        "-r",
        String(streams),
        "-nostdin",
        `${address}:${server.address().port}`,
      ];
      const started = await startProgram({
        command: "sipp",
        words,
        place: "load",
        ready: () => Promise.resolve(true),
      });
      if (started.ok) {
        await new Promise((resolve) => setTimeout(resolve, (seconds + 1) * 1000));
        signal.throwIfAborted();
        await started.program[Symbol.asyncDispose]();
      }
      ear.close();
      server.close();
      return { rates: ear.rates() };
    },
  };
}

function answerTo(request: string, port: number): string | undefined {
  const method = /^(\w+) /u.exec(request)?.[1];
  if (method !== "INVITE" && method !== "BYE") return undefined;
  const kept = request.split("\r\n").filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/u.test(line));
  const tagged = kept.map((line) =>
    line.startsWith("To:") && !line.includes("tag=") ? `${line};tag=ear` : line,
  );
  const sdp = `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
  const body = method === "INVITE" ? sdp : "";
  const type = body === "" ? [] : ["Content-Type: application/sdp"];
  return [
    "SIP/2.0 200 OK",
    ...tagged,
    "Contact: <sip:ear@127.0.0.1>",
    ...type,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

function scenarioOf(audio: string, seconds: number): string {
  const head = (method: string, cseq: number, to: string) => `
${method} sip:ear@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:bench@[local_ip]>;tag=[call_number]
To: <sip:ear@[remote_ip]>${to}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Contact: <sip:bench@[local_ip]:[local_port]>
Max-Forwards: 70`;
  return `<?xml version="1.0"?>
<scenario name="stream">
<send retrans="500"><![CDATA[${head("INVITE", 1, "")}
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
<recv response="200"/>
<send><![CDATA[${head("ACK", 1, "[peer_tag_param]")}
Content-Length: 0

]]></send>
<nop><action><exec rtp_stream="${audio},1,0"/></action></nop>
<pause milliseconds="${seconds * 1000}"/>
<send retrans="500"><![CDATA[${head("BYE", 2, "[peer_tag_param]")}
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
`;
}
