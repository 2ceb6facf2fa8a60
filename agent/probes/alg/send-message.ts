import { randomBytes } from "node:crypto";
import { encodeAlgMessage, type AlgMethod } from "../../../protocol/alg/alg-message.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { cseqOf, type SipResponse } from "../../../protocol/sip/message.ts";
import { ackForRefusal, newBranch, newCallId, newTag } from "../../../protocol/sip/request.ts";
import { printHostPort } from "../../../protocol/sip/uri.ts";
import type { UdpSocket } from "../../io/udp/udp.ts";
import type { WayIo, WayPlace } from "../way/place.ts";

/** How a message differs from a plain one. */
export interface AlgVariant {
  readonly name: string;
  readonly method: AlgMethod;
  readonly rareForms?: true;
  /** Another's place in Via instead of our own. */
  readonly sentBy?: string;
}

export interface AlgExchange {
  readonly variant: AlgVariant;
  readonly sent: Uint8Array;
  readonly local: { readonly address: string; readonly port: number };
  /** undefined: no answer. */
  readonly answer: SipResponse | undefined;
}

/**
 * Sends one message from a port of its own (an ALG that is new to a flow leaves older ones alone), three times at most.
 *
 * @throws NodeJS.ErrnoException when `localPort` cannot be had.
 */
export async function sendMessage(
  place: WayPlace,
  variant: AlgVariant,
  io: WayIo,
  signal: AbortSignal,
  localPort = 0,
): Promise<AlgExchange> {
  const { address, port, localAddress } = place;
  await using socket = await io.openUdp({ localAddress, localPort, peer: { address, port } });
  const local = { address: socket.localAddress, port: socket.localPort };
  const callId = newCallId(randomBytes);
  const sent = encodeAlgMessage({
    method: variant.method,
    to: printHostPort(place.host, port),
    local,
    sentBy: variant.sentBy ?? printHostPort(local.address, local.port),
    branch: newBranch(randomBytes),
    tag: newTag(randomBytes),
    callId,
    rareForms: variant.rareForms === true,
  });
  const answer = await finalAnswer(socket, sent, { place, io, method: variant.method }, signal);
  if (answer !== undefined && variant.method === "INVITE") await acknowledge(socket, sent, answer, place);
  return { variant, sent, local, answer };
}

async function finalAnswer(
  socket: UdpSocket,
  sent: Uint8Array,
  { place, io, method }: { readonly place: WayPlace; readonly io: WayIo; readonly method: string },
  signal: AbortSignal,
): Promise<SipResponse | undefined> {
  const heard = Promise.withResolvers<SipResponse | undefined>();
  socket.listen(
    ({ bytes }) => {
      const read = decodeSip(bytes, { fields: false });
      const message = read.ok ? read.value.message : undefined;
      // The socket is this message's alone, and any of the usual marks may have been altered: the method is enough.
      if (message?.kind === "response" && message.code >= 200 && cseqOf(message)?.method === method)
        heard.resolve(message);
    },
    () => heard.resolve(undefined),
  );
  for (const wait of [500, 1000, 1500]) {
    try {
      await socket.send(sent, place.port, place.address);
    } catch {
      return undefined;
    }
    const answer = await Promise.race([heard.promise, io.clock.sleep(wait, signal)]);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

async function acknowledge(
  socket: UdpSocket,
  sent: Uint8Array,
  answer: SipResponse,
  place: WayPlace,
): Promise<void> {
  const invite = decodeSip(sent, { fields: false });
  if (!invite.ok || invite.value.message.kind !== "request") throw new Error("our own INVITE does not parse");
  const ack = encodeSip(ackForRefusal(invite.value.message, answer));
  // That nobody hears it is no result.
  await socket.send(ack, place.port, place.address).catch(() => undefined);
}
