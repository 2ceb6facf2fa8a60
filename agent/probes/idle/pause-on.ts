import type { AgentIo } from "../../io/io.ts";
import { openSipChannel, type SipChannel } from "../../io/sip/sip-channel.ts";
import { bareOptions } from "../way/bare-options.ts";
import type { WayIo, WayPlace } from "../way/place.ts";

/** What became of an OPTIONS after the pause. `closed` and `reset` are told; `silent` is a way that forgot the connection. */
export type PauseEnd = "answered" | "closed" | "reset" | "silent" | "not connected";

const answerWithin = 3000;

/** Connects, is silent for so many seconds, and then asks. */
export async function pauseOn(
  order: {
    readonly place: WayPlace;
    readonly io: WayIo & Pick<AgentIo, "openStream">;
    readonly transport: "tcp" | "tls";
    readonly pause: number;
  },
  signal: AbortSignal,
): Promise<PauseEnd> {
  const { place, io, transport, pause } = order;
  const target = {
    transport,
    address: place.address,
    port: place.port,
    serverName: place.host,
    timeout: 5000,
  };
  let channel: SipChannel;
  try {
    channel = await openSipChannel(io, target, signal);
  } catch {
    signal.throwIfAborted();
    return "not connected";
  }
  await using open = channel;
  await io.clock.sleep(pause * 1000, signal);
  try {
    await open.send(bareOptions(place, open.transport, open.local, "idle"));
  } catch (error) {
    // What came of the connection during the pause stands in the channel, and says more than our own failure to write.
    const event = await open.next(0, signal);
    return endOf(event?.kind === "failed" ? event.error : (error as NodeJS.ErrnoException));
  }
  for (const until = io.clock.mono() + answerWithin; ;) {
    const event = await open.next(until - io.clock.mono(), signal);
    if (event === undefined) return "silent";
    if (event.kind === "failed") return endOf(event.error);
    if (event.kind === "message" && event.received.message.kind === "response") return "answered";
  }
}

function endOf(error: NodeJS.ErrnoException | undefined): PauseEnd {
  return error?.code === "ECONNRESET" ? "reset" : "closed";
}
