import { randomBytes } from "node:crypto";
import { addressOf, type StunAddress } from "../../../protocol/stun/attributes.ts";
import { attributeOf, stunAttribute } from "../../../protocol/stun/message.ts";
import {
  allocateRequest,
  permissionRequest,
  readAllocateAnswer,
  refreshRequest,
  sendIndication,
  type Allocation,
  type AllocateResult,
  type TurnAccount,
  type TurnSigner,
} from "../../../protocol/turn/allocate.ts";
import { bindingRequest, StunSocket, transactionOf } from "../../io/udp/stun-socket.ts";
import type { WayIo, WayPlace } from "../way/place.ts";
import { mappedOf, openFresh, patient } from "../way/stun-asks.ts";

export type RelayTried =
  | { readonly kind: "silent"; readonly refused: boolean; readonly why: string }
  | { readonly kind: "refused"; readonly code: number; readonly reason: string; readonly signed: boolean }
  | {
      readonly kind: "relay";
      readonly allocation: Allocation;
      /** A packet went through the relay to another port of ours, and one came back. */
      readonly relays: boolean;
      readonly relayNote: string;
      readonly released: boolean;
    };

type Answer = AllocateResult | { readonly kind: "none" };

/** Allocates with at most one renewed nonce, tries the relay, and gives the allocation back whatever came of that. */
export async function tryRelay(
  place: WayPlace,
  account: TurnAccount | undefined,
  io: WayIo,
  signal: AbortSignal,
): Promise<RelayTried> {
  // Connected: an ICMP refusal is heard, and the relay speaks from this address alone.
  const peer = { address: place.address, port: place.port };
  await using socket = await StunSocket.open(io, { localAddress: place.localAddress, peer });
  const ask = async (signer: TurnSigner | undefined): Promise<Answer> => {
    const reply = await socket.ask(allocateRequest(randomBytes(12), signer), place, patient, signal);
    return reply === undefined ? { kind: "none" } : readAllocateAnswer(reply.message, signer !== undefined);
  };
  let signer: TurnSigner | undefined;
  for (let round = 0; round < 3; round += 1) {
    const answer = await ask(signer);
    if (answer.kind === "none") return silence(socket);
    if (answer.kind === "refused") return { ...answer, signed: signer !== undefined };
    if (answer.kind === "allocated")
      return await useRelay(socket, answer.allocation, signer, { place, io, signal });
    if (account === undefined)
      return { kind: "refused", code: answer.code, reason: "it asks for a login", signed: false };
    signer = { ...account, challenge: answer.challenge };
  }
  return { kind: "refused", code: 438, reason: "each nonce is called stale", signed: true };
}

function silence(socket: StunSocket): RelayTried {
  const refused = socket.error?.code === "ECONNREFUSED";
  return { kind: "silent", refused, why: socket.error?.message ?? "no answer to three requests" };
}

interface Way {
  readonly place: WayPlace;
  readonly io: WayIo;
  readonly signal: AbortSignal;
}

async function useRelay(
  socket: StunSocket,
  allocation: Allocation,
  signer: TurnSigner | undefined,
  way: Way,
): Promise<RelayTried> {
  // Without a login there is nobody to sign for; servers that are open to all take any signature.
  if (signer === undefined)
    return {
      kind: "relay",
      allocation,
      relays: false,
      relayNote: "the server asks for no login",
      released: false,
    };
  const { relays, note } = await passThrough(socket, allocation, signer, way);
  const request = refreshRequest(randomBytes(12), 0, signer);
  const reply = await socket.ask(request, way.place, patient, way.signal);
  return { kind: "relay", allocation, relays, relayNote: note, released: reply?.message.class === "success" };
}

/** Relay to a second port of ours, and that port back to the relayed address. */
async function passThrough(
  socket: StunSocket,
  { relayed }: Allocation,
  signer: TurnSigner,
  { place, io, signal }: Way,
): Promise<{ relays: boolean; note: string }> {
  await using peer = await openFresh(place, io);
  const seen: StunAddress | undefined = mappedOf(await peer.ask(bindingRequest(), place, patient, signal));
  if (seen === undefined) return { relays: false, note: "our second port got no answer" };
  const permission = permissionRequest(randomBytes(12), seen, signer);
  const granted = await socket.ask(permission, place, patient, signal);
  if (granted?.message.class !== "success")
    return { relays: false, note: "no permission for our own address" };
  const inbound = bindingRequest();
  for (let tries = 0; tries < 3; tries += 1) {
    await peer.send(inbound, relayed);
    const data = await socket.next("", 500, signal);
    if (data === undefined || attributeOf(data.message, stunAttribute.data) === undefined) continue;
    const from = addressOf(data.message, stunAttribute.xorPeerAddress) ?? seen;
    const outbound = bindingRequest();
    await socket.send(sendIndication(randomBytes(12), from, outbound), place);
    const back = await peer.next(transactionOf(outbound), 500, signal);
    if (back !== undefined) return { relays: true, note: `in and out by ${relayed.address}` };
    return { relays: false, note: "packets come in by the relay and do not go out" };
  }
  return { relays: false, note: "what is sent to the relayed address does not come" };
}
