import { addressOf, changeRequest, type StunAddress } from "../../../protocol/stun/attributes.ts";
import { stunAttribute } from "../../../protocol/stun/message.ts";
import {
  natFilter,
  natMapping,
  same,
  type NatFilter,
  type NatMapping,
} from "../../../protocol/stun/nat-behaviour.ts";
import { bindingRequest, transactionOf, type StunReply, type StunSocket } from "../../io/udp/stun-socket.ts";
import type { WayIo, WayPlace } from "../way/place.ts";
import { askFreshly, brisk, mappedOf, openFresh, patient } from "../way/stun-asks.ts";

/** What the tests of RFC 5780 and ours beside them told; undefined: not to be told with this server. */
export interface NatSeen {
  readonly local: StunAddress;
  readonly mapped: StunAddress;
  readonly mapping: NatMapping | undefined;
  readonly filter: NatFilter | undefined;
  /** Why the filter cannot be told. */
  readonly filterNote: string;
  readonly hairpin: boolean | undefined;
  /** Where the server says it answered from, when that is not what was asked. */
  readonly origin: StunAddress | undefined;
  /** Public addresses seen over several ports. */
  readonly addresses: readonly string[];
}

/** Runs the tests one after the other, each from ports of its own; undefined: the server does not answer. */
export async function runBehaviour(
  place: WayPlace,
  io: WayIo,
  tries: number,
  signal: AbortSignal,
): Promise<NatSeen | undefined> {
  await using socket = await openFresh(place, io);
  io.say("asking for our address");
  const first = await socket.ask(bindingRequest(), place, patient, signal);
  const mapped = mappedOf(first);
  if (first === undefined || mapped === undefined) return undefined;
  const other = otherOf(first, place);
  io.say("asking from the server's other address");
  const mapping = await testMapping(socket, { mapped, other, place }, signal);
  const filter = await testFilter(place, other, io, signal);
  io.say("sending to our own public address");
  const behind = !same(mapped, socket.local);
  const hairpin = behind ? await testHairpin(socket, mapped, { place, io }, signal) : undefined;
  io.say(`asking from ${tries} more ports`);
  const more = await Promise.all(Array.from({ length: tries }, () => askFreshly(place, io, patient, signal)));
  const addresses = [mapped, ...more.flatMap((reply) => mappedOf(reply) ?? [])].map(({ address }) => address);
  const origin = addressOf(first.message, stunAttribute.responseOrigin);
  return {
    local: socket.local,
    mapped,
    mapping,
    ...filter,
    hairpin,
    origin: origin === undefined || same(origin, place) ? undefined : origin,
    addresses: [...new Set(addresses)].toSorted(),
  };
}

/** The server's other pair; undefined where it has none, or names one that cannot be another (a faulty server). */
function otherOf(reply: StunReply, place: WayPlace): StunAddress | undefined {
  const other = addressOf(reply.message, stunAttribute.otherAddress);
  if (other === undefined || other.address === place.address || other.port === place.port) return undefined;
  return other;
}

async function testMapping(
  socket: StunSocket,
  { mapped, other, place }: { mapped: StunAddress; other: StunAddress | undefined; place: WayPlace },
  signal: AbortSignal,
): Promise<NatMapping | undefined> {
  const ask = async (to: StunAddress) => mappedOf(await socket.ask(bindingRequest(), to, patient, signal));
  const known = { local: socket.local, primary: mapped };
  if (other === undefined) return natMapping({ ...known, otherAddress: undefined, otherPort: undefined });
  const otherAddress = await ask({ address: other.address, port: place.port });
  return natMapping({ ...known, otherAddress, otherPort: await ask(other) });
}

async function testFilter(
  place: WayPlace,
  other: StunAddress | undefined,
  io: WayIo,
  signal: AbortSignal,
): Promise<{ filter: NatFilter | undefined; filterNote: string }> {
  if (other === undefined)
    return { filter: undefined, filterNote: "the server has no second address (RFC 5780)" };
  const both = await askFreshly(place, io, brisk, signal, changeRequest({ address: true, port: true }));
  const port = await askFreshly(place, io, brisk, signal, changeRequest({ address: false, port: true }));
  // An answer from the address asked is one of a server that did not do as it was told: it would fake an open NAT.
  const faked = [both, port].find((reply) => reply !== undefined && same(reply.from, place));
  if (faked !== undefined)
    return { filter: undefined, filterNote: "the server answers from the same port whatever is asked" };
  const answered = { fromOtherAddress: both !== undefined, fromOtherPort: port !== undefined };
  return { filter: natFilter(answered), filterNote: "" };
}

/** A second port of ours sends to the first one's public address. */
async function testHairpin(
  socket: StunSocket,
  mapped: StunAddress,
  { place, io }: { readonly place: WayPlace; readonly io: WayIo },
  signal: AbortSignal,
): Promise<boolean> {
  await using sender = await openFresh(place, io);
  // The second port has a way out first: some NATs drop what comes from inside without one.
  await sender.ask(bindingRequest(), place, patient, signal);
  for (let tries = 0; tries < 3; tries += 1) {
    const request = bindingRequest();
    await sender.send(request, mapped);
    if ((await socket.next(transactionOf(request), 300, signal)) !== undefined) return true;
  }
  return false;
}
