import type { StunAddress } from "../../../protocol/stun/attributes.ts";
import { addressOf } from "../../../protocol/stun/attributes.ts";
import { stunAttribute, type StunAttribute } from "../../../protocol/stun/message.ts";
import { stunSchedule, type StunSchedule } from "../../../protocol/stun/transaction-schedule.ts";
import { bindingRequest, StunSocket, type StunReply } from "../../io/udp/stun-socket.ts";
import type { WayIo, WayPlace } from "./place.ts";

/** Three sendings and 3.5 s in all: for an answer that is expected. */
export const patient: StunSchedule = stunSchedule(500, 3, 4);
/** Three sendings and 1.5 s in all: for silence that is as likely. */
export const brisk: StunSchedule = stunSchedule(250, 3, 3);

/** The address that an answer says we have; the masked one before the plain one, which devices on the way may alter. */
export function mappedOf(reply: StunReply | undefined): StunAddress | undefined {
  if (reply === undefined || reply.message.class !== "success") return undefined;
  return (
    addressOf(reply.message, stunAttribute.xorMappedAddress) ??
    addressOf(reply.message, stunAttribute.mappedAddress)
  );
}

/** One Binding from a port that sent nothing before, and that is given up after it. */
export async function askFreshly(
  place: WayPlace,
  io: WayIo,
  schedule: StunSchedule,
  signal: AbortSignal,
  ...attributes: readonly StunAttribute[]
): Promise<StunReply | undefined> {
  await using socket = await openFresh(place, io);
  return await socket.ask(bindingRequest(...attributes), place, schedule, signal);
}

/** A socket on a port of the kernel's choice, at our end of the way. */
export function openFresh(place: WayPlace, io: WayIo): Promise<StunSocket> {
  return StunSocket.open(io, { localAddress: place.localAddress });
}
