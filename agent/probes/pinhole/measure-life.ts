import { responsePort } from "../../../protocol/stun/attributes.ts";
import { bindingRequest, transactionOf, type StunSocket } from "../../io/udp/stun-socket.ts";
import type { WayIo, WayPlace } from "../way/place.ts";
import { mappedOf, openFresh, patient } from "../way/stun-asks.ts";
import { firstPauses, narrow, nextPauses, type LifeBracket } from "./pauses.ts";

/** `short`: one packet each way, then silence. `stream`: a second exchange 2.4 s after the first, as of a flow that goes on. */
export type LifeKind = "short" | "stream";

export interface LifeOrder {
  readonly place: WayPlace;
  readonly io: WayIo;
  readonly kind: LifeKind;
  /** The longest pause to try, s. */
  readonly most: number;
}

/** Linux takes a flow for a stream when it has gone on for over 2 s (nf_conntrack_udp). */
const streamAfter = 2400;

/** Tries many pauses side by side, each with a port of its own, as a poke may prolong what it tests. */
export async function measureLife(order: LifeOrder, signal: AbortSignal): Promise<LifeBracket> {
  let bracket: LifeBracket = { alive: 0 };
  for (let pauses = firstPauses(order.most); pauses.length > 0; pauses = nextPauses(bracket))
    bracket = narrow(bracket, await tryPauses(order, pauses, signal));
  return bracket;
}

/** Longer pauses are given up as soon as a shorter one was too long. */
async function tryPauses(order: LifeOrder, pauses: readonly number[], signal: AbortSignal) {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  const results = await Promise.all(
    pauses.map(async (pause) => {
      try {
        const alive = await survives(order, pause, either);
        if (alive === false) enough.abort();
        return alive === undefined ? [] : [{ pause, alive }];
      } catch (error) {
        if (signal.aborted || !enough.signal.aborted) throw error;
        return [];
      }
    }),
  );
  return results.flat();
}

/** Does the port let a packet in after this pause? undefined: the exchange before it failed. */
async function survives(
  { place, io, kind }: LifeOrder,
  pause: number,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  await using socket = await openFresh(place, io);
  let reply = await socket.ask(bindingRequest(), place, patient, signal);
  if (kind === "stream") {
    await io.clock.sleep(streamAfter, signal);
    reply = await socket.ask(bindingRequest(), place, patient, signal);
  }
  const mapped = mappedOf(reply);
  if (reply === undefined || mapped === undefined) return undefined;
  await io.clock.sleep(pause * 1000 - (io.clock.mono() - reply.at), signal);
  return await poke(socket, mapped.port, { place, io }, signal);
}

/** Has the server send to a port of ours from the address and port that it was spoken to at (RFC 5780 7.5). */
export async function poke(
  socket: StunSocket,
  port: number,
  { place, io }: { readonly place: WayPlace; readonly io: WayIo },
  signal: AbortSignal,
): Promise<boolean> {
  await using control = await openFresh(place, io);
  for (let tries = 0; tries < 3; tries += 1) {
    const request = bindingRequest(responsePort(port));
    await control.send(request, place);
    if ((await socket.next(transactionOf(request), 300, signal)) !== undefined) return true;
  }
  return false;
}
