import { bindingRequest } from "../../io/udp/stun-socket.ts";
import type { WayIo, WayPlace } from "../way/place.ts";
import { mappedOf, openFresh, patient } from "../way/stun-asks.ts";
import { poke } from "./measure-life.ts";

export interface ProlongedOrder {
  readonly place: WayPlace;
  readonly io: WayIo;
  /** Of a port after one exchange, s. */
  readonly life: number;
}

/** Each within the life from the one before, and the third well past the life from our own last packet. */
const pokesAt = [0.6, 1.2, 1.8];

/**
 * Do packets from outside alone keep a port open (RFC 4787 4.3 leaves it to the NAT)? Else a server's own questions do
 * not, and phones must speak themselves. undefined: the port did not even come through its life.
 */
export async function isProlonged(
  { place, io, life }: ProlongedOrder,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  await using socket = await openFresh(place, io);
  const reply = await socket.ask(bindingRequest(), place, patient, signal);
  const mapped = mappedOf(reply);
  if (reply === undefined || mapped === undefined) return undefined;
  io.say(`speaking to a port from outside for ${Math.ceil(life * 1.8)} s, to see whether that keeps it open`);
  for (const [count, at] of pokesAt.entries()) {
    await io.clock.sleep(at * life * 1000 - (io.clock.mono() - reply.at), signal);
    if (!(await poke(socket, mapped.port, { place, io }, signal))) return count === 0 ? undefined : false;
  }
  return true;
}
