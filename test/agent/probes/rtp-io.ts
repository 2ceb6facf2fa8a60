import { systemClock } from "../../../agent/io/clock.ts";
import type { AgentIo } from "../../../agent/io/io.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openRtp, sendRtp } from "../../../agent/io/rtp-sender.ts";
import { openStream } from "../../../agent/io/stream.ts";
import { openUdp } from "../../../agent/io/udp.ts";
export const systemIo = () =>
  ({
    clock: systemClock,
    openUdp,
    openStream,
    openRtp,
    sendRtp,
    resolve,
    say: () => {},
  }) as unknown as AgentIo;
