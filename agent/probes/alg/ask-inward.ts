import { randomBytes } from "node:crypto";
import { alteredFields, type AlteredField } from "../../../protocol/alg/altered-fields.ts";
import { copyHeader, inwardHeader, takeCopy } from "../../../protocol/alg/inward-call.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { headerValue, type SipMessage, type SipRequest } from "../../../protocol/sip/message.ts";
import { newTag } from "../../../protocol/sip/request.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";
import type { Datagram, UdpSocket } from "../../io/udp/udp.ts";
import { unpackBytes } from "../../mirror/mirror-echo.ts";
import { bareOptions } from "../way/bare-options.ts";
import type { WayIo, WayPlace } from "../way/place.ts";

interface Heard {
  readonly message: SipMessage;
  readonly datagram: Datagram;
}

// The INVITE is never larger than the question for it; this passes whole on nearly every line.
const padding = "x".repeat(900);

/**
 * Has the mirror call us, and compares what arrives with the copy in it. `silent`: the mirror answers and its INVITE does not
 * arrive. undefined: this far end does not do it.
 */
export async function askInward(
  place: WayPlace,
  io: WayIo,
  signal: AbortSignal,
): Promise<readonly AlteredField[] | "silent" | undefined> {
  const { address, port, localAddress } = place;
  await using socket = await io.openUdp({ localAddress, peer: { address, port } });
  const ask = asker(socket, place, io, signal);
  const first = await ask("ask", isResponse);
  const word = first === undefined ? undefined : headerValue(first.message, inwardHeader);
  if (word === undefined) return undefined;
  // With the right word a plain answer says that the mirror does not want to now. One with a word in it answers a repeat of
  // the first question, where the way takes longer than we waited.
  const call = await ask(word, ({ message }) => headerValue(message, inwardHeader) === undefined);
  if (call === undefined) return "silent";
  if (call.message.kind === "response") return undefined;
  await refuse(socket, call.message, place);
  return compare(call.datagram.bytes);
}

function compare(bytes: Uint8Array): readonly AlteredField[] {
  const taken = takeCopy(bytes);
  const sent = taken === undefined ? undefined : unpackBytes(taken.packed);
  if (taken === undefined || sent === undefined)
    return [{ field: copyHeader, sent: "a packed copy", seen: taken?.packed.slice(0, 40) }];
  return alteredFields(sent, taken.rest);
}

const isResponse = ({ message }: Heard): boolean => message.kind === "response";

/** Asks three times at most, each in a transaction of its own, until something comes that is wanted. */
function asker(socket: UdpSocket, place: WayPlace, io: WayIo, signal: AbortSignal) {
  let waiting: ((heard: Heard) => void) | undefined;
  socket.listen(
    (datagram) => {
      const read = decodeSip(datagram.bytes, { fields: false });
      if (read.ok) waiting?.({ message: read.value.message, datagram });
    },
    () => {},
  );
  return async (word: string, wanted: (heard: Heard) => boolean): Promise<Heard | undefined> => {
    const heard = Promise.withResolvers<Heard>();
    waiting = (each) => {
      if (wanted(each)) heard.resolve(each);
    };
    for (const wait of [500, 1000, 1500]) {
      try {
        await socket.send(question(place, socket, word), place.port, place.address);
      } catch {
        return undefined;
      }
      const came = await Promise.race([heard.promise, io.clock.sleep(wait, signal)]);
      if (came !== undefined) return came;
    }
    return undefined;
  };
}

function question(place: WayPlace, socket: UdpSocket, word: string): Uint8Array {
  const local = { address: socket.localAddress, port: socket.localPort };
  const request = bareOptions(place, "udp", local, "alg");
  const more = [
    { name: inwardHeader, value: word },
    { name: "X-Pad", value: padding },
  ];
  return encodeSip({ ...request, headers: [...request.headers, ...more] });
}

/** Ends the call for a device on the way that follows it; the mirror itself keeps no state. */
async function refuse(socket: UdpSocket, invite: SipRequest, { address, port }: WayPlace): Promise<void> {
  const response = buildResponse(invite, { address, port }, { code: 480, toTag: newTag(randomBytes) });
  await socket.send(encodeSip(response), port, address).catch(() => undefined);
}
