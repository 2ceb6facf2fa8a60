import { arrivedHeader, decodeArrived, type Arrived } from "../../../protocol/sip/arrived-header.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { matchResponse } from "../../../protocol/sip/match-response.ts";
import { headerValue } from "../../../protocol/sip/message.ts";
import { bareOptions } from "../way/bare-options.ts";
import type { WayIo, WayPlace } from "../way/place.ts";

/** What a marked OPTIONS came to. */
export interface MirrorWord {
  /** This system could mark it. */
  readonly marked: boolean;
  /** How it arrived, where the far end is our mirror and its system lets it see. */
  readonly there: Arrived | undefined;
  /** How the answer arrived here, where one came and this system tells. */
  readonly back: Arrived | undefined;
}

const tries = 3;
const patienceMs = 500;

/** Sends a marked OPTIONS from a port of its own: the mirror says how it arrived, and takes no right for that. */
export async function askMirror(
  place: WayPlace,
  dscp: number,
  io: WayIo,
  signal: AbortSignal,
): Promise<MirrorWord> {
  const { address, port, localAddress } = place;
  await using socket = await io.openUdp({
    localAddress,
    peer: { address, port },
    header: { tos: dscp << 2 },
    control: true,
  });
  const marked = socket.headerSet.tos === true;
  const local = { address: socket.localAddress, port: socket.localPort };
  const request = bareOptions(place, "udp", local, "dscp");
  const heard = Promise.withResolvers<MirrorWord>();
  const nothing: MirrorWord = { marked, there: undefined, back: undefined };
  socket.listen(
    ({ bytes, tos, ttl }) => {
      const read = decodeSip(bytes, { fields: false });
      const answer = read.ok && read.value.message.kind === "response" ? read.value.message : undefined;
      if (answer === undefined || !matchResponse(request, answer).ok) return;
      const there = decodeArrived(headerValue(answer, arrivedHeader) ?? "");
      const back = tos === undefined || ttl === undefined ? undefined : { tos, ttl };
      heard.resolve({ marked, there: there.ok ? there.value : undefined, back });
    },
    () => heard.resolve(nothing),
  );
  for (let i = 0; i < tries; i += 1) {
    // What the kernel refuses is an answer that does not come.
    await socket.send(encodeSip(request), port, address).catch(() => undefined);
    const word = await Promise.race([heard.promise, io.clock.sleep(patienceMs, signal)]);
    if (word !== undefined) return word;
  }
  return nothing;
}
