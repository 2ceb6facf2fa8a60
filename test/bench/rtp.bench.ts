import { randomBytes } from "node:crypto";
import { openRtp, sendRtp } from "../../agent/io/rtp/rtp-sender.ts";
import { encodeRtp } from "../../protocol/rtp/packet.ts";
import { newSrtpMaster } from "../../protocol/srtp/crypto-attribute.ts";
import { SrtpReceiver } from "../../protocol/srtp/srtp-receiver.ts";
import { SrtpSender } from "../../protocol/srtp/srtp-sender.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { compare, type Run, type Side } from "./compare.ts";
import { openEar, ratesOf, type Ear } from "./rtp-ear.ts";
import { playersFor } from "./rtp-peers.ts";

const address = "127.0.0.1";
const packetTime = 20;

export const bench: Bench = {
  name: "rtp",
  about: "pacing of RTP streams beside sipp's and baresip's, by kernel receive time; SRTP packets a second",
  async run(outer) {
    const { effort } = outer;
    const context = {
      ...outer,
      effort: { ...effort, rounds: effort.brief ? 1 : 2, runMs: 800, workMs: 12_000 },
    };
    await compare(
      { ...context, effort: { ...effort, rounds: 3, runMs: 300 } },
      "SRTP, 172-octet packets, AES-CM HMAC-SHA1-80",
      srtp(),
    );
    await using ear = await openEar();
    if (ear.noStamps !== undefined) context.skip("kernel receive times", ear.noStamps);
    for (const streams of effort.brief ? [1, 50] : [1, 50, 200])
      await compare(
        context,
        `pacing of ${streams} streams, one packet each 20 ms`,
        pacing(context, ear, streams),
        playersFor(context, ear, streams),
      );
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

function pacing({ signal }: BenchContext, ear: Ear, streams: number): Side {
  return {
    name: "offhook",
    async run(ms): Promise<Run> {
      await using scope = new AsyncDisposableStack();
      const plan = [];
      for (let i = 0; i < streams; i += 1) {
        const socket = scope.use(await openRtp(address));
        await socket.connect(address, ear.port);
        plan.push({
          socket,
          address,
          port: ear.port,
          payloadType: 0,
          ssrc: i + 1,
          sequence: 1,
          timestamp: 0,
          payload: new Uint8Array(160),
        });
      }
      await ear.figures();
      const count = Math.max(50, Math.round(ms / packetTime));
      const { load } = await sendRtp(plan, { packetTime, count, samplesPerPacket: 160 }, signal);
      return { rates: ratesOf(await ear.figures(), streams), loadBusy: load.cpu / 100 };
    },
  };
}
