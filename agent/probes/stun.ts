import { Type, type Static } from "typebox";
import { errorOf, addressOf, textOf } from "../../protocol/stun/attributes.ts";
import { checkFingerprint } from "../../protocol/stun/integrity.ts";
import { stunAttribute } from "../../protocol/stun/message.ts";
import { same } from "../../protocol/stun/nat-behaviour.ts";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import { bindingRequest, StunSocket, type StunReply } from "../io/udp/stun-socket.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";
import { showLines } from "./way/show-lines.ts";
import { mappedOf, patient } from "./way/stun-asks.ts";

const StunSettings = Type.Object(
  {
    localAddress: Type.Optional(
      Type.String({
        maxLength: 45,
        description: "our address to ask from, such as the one in the voice VLAN",
      }),
    ),
    times: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 1,
      description: "ask so often from one port, to notice a public port that changes under phones",
    }),
    every: Type.Number({
      minimum: 1,
      // Any pinhole worth the name lives longer: a change in between is none of its end.
      maximum: 25,
      default: 10,
      description: "seconds between",
    }),
  },
  { additionalProperties: false },
);
type StunSettings = Static<typeof StunSettings>;

/** One Binding: is UDP open to a STUN server, and as what does the other side see us? */
export const stun: Probe<typeof StunSettings, WayIo> = {
  name: "stun",
  verb: "stun",
  about:
    "ask a STUN server as what address and port it sees us; shows too whether something alters addresses",
  target: "HOST[:PORT]",
  example: "offhook diag stun stun.example:3478",
  settings: StunSettings,
  async run(target, settings, io, signal) {
    const { localAddress } = settings;
    const look = { probe: "stun", key: "stun.ok", defaultPort: 3478, localAddress } as const;
    const found = await findPlace(target, look, io);
    return found.ok ? askOnce(found.place, settings, io, signal) : found.observations;
  },
  show: (observations) =>
    showLines(
      observations,
      [
        ["nat.rebinds", "changes of that"],
        ["nat.behind", "behind NAT"],
        ["stun.rtt", "round trip"],
        ["stun.software", "server"],
        ["stun.other", "its other address"],
        ["stun.xor", "addresses unaltered"],
      ],
      [["stun.mapped", (mapped) => `sees us as ${mapped}`]],
    ),
};

async function askOnce(
  place: WayPlace,
  settings: StunSettings,
  io: WayIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  // Connected, so that an ICMP refusal is heard.
  const peer = { address: place.address, port: place.port };
  const { localAddress } = place;
  await using socket = await StunSocket.open(io, { localAddress, peer });
  const reply = await socket.ask(bindingRequest(), place, patient, signal);
  if (reply !== undefined)
    return [
      ...observeReply(reply, place, socket.local),
      ...(await observeSeries(reply, { socket, place, io, settings }, signal)),
    ];
  const refused = socket.error?.code === "ECONNREFUSED";
  const evidence = socket.error?.message ?? `sent ${patient.sendAt.length} times, no answer`;
  return [place.observe("stun.ok", false, { outcome: refused ? "refused" : "timeout", evidence })];
}

interface Series {
  readonly socket: StunSocket;
  readonly place: WayPlace;
  readonly io: WayIo;
  readonly settings: StunSettings;
}

/** The same port asks again and again: a phone's public port must stay as long as it speaks (row T12). */
async function observeSeries(
  first: StunReply,
  { socket, place, io, settings: { times, every } }: Series,
  signal: AbortSignal,
): Promise<Observation[]> {
  const told = mappedOf(first);
  if (told === undefined || times === 1) return [];
  const seen = [printHostPort(told.address, told.port)];
  let answers = 1;
  for (let time = 2; time <= times; time += 1) {
    io.say(`asking again, ${time} of ${times}`);
    await io.clock.sleep(every * 1000, signal);
    const mapped = mappedOf(await socket.ask(bindingRequest(), place, patient, signal));
    if (mapped === undefined) continue;
    answers += 1;
    const now = printHostPort(mapped.address, mapped.port);
    if (now !== seen.at(-1)) seen.push(now);
  }
  if (answers === 1) return [];
  const evidence = `${answers} answers, ${every} s apart: ${seen.join(", then ")}`;
  return [place.observe("nat.rebinds", seen.length - 1, { evidence })];
}

function observeReply(
  reply: StunReply,
  place: WayPlace,
  local: { address: string; port: number },
): Observation[] {
  const { observe } = place;
  const { message } = reply;
  const mapped = mappedOf(reply);
  if (mapped === undefined) {
    const error = errorOf(message);
    const evidence = error === undefined ? "no address in the answer" : `${error.code} ${error.reason}`;
    return [observe("stun.ok", false, { outcome: "garbled", evidence })];
  }
  const plain = addressOf(message, stunAttribute.mappedAddress);
  const other = addressOf(message, stunAttribute.otherAddress);
  const software = textOf(message, stunAttribute.software);
  const rtt = reply.at - (reply.sentAt.at(-1) ?? reply.at);
  return [
    observe("stun.ok", true, { evidence: `fingerprint ${checkFingerprint(reply.bytes)}` }),
    observe("stun.mapped", printHostPort(mapped.address, mapped.port), {
      evidence: `we sent from ${printHostPort(local.address, local.port)}`,
    }),
    observe("nat.behind", !same(mapped, local)),
    observe("stun.rtt", Number(rtt.toFixed(2))),
    ...(plain === undefined ? [] : [observeAlteration(plain, mapped, place)]),
    ...(software === undefined ? [] : [observe("stun.software", software.slice(0, 200))]),
    ...(other === undefined ? [] : [observe("stun.other", printHostPort(other.address, other.port))]),
  ];
}

/** The masked address and the plain one say the same, or something on the way looks for addresses (row A7). */
function observeAlteration(
  plain: { address: string; port: number },
  mapped: { address: string; port: number },
  { observe }: WayPlace,
): Observation {
  const evidence = `MAPPED-ADDRESS ${printHostPort(plain.address, plain.port)}, XOR-MAPPED-ADDRESS ${printHostPort(mapped.address, mapped.port)}`;
  return observe("stun.xor", same(plain, mapped), { evidence });
}
