import { Type, type Static } from "typebox";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import { bindingRequest } from "../io/udp/stun-socket.ts";
import { measureLife, poke } from "./pinhole/measure-life.ts";
import { isProlonged } from "./pinhole/prolonged.ts";
import { keepAliveFor, lifeOf, type LifeBracket } from "./pinhole/pauses.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";
import { showLines } from "./way/show-lines.ts";
import { mappedOf, openFresh, patient } from "./way/stun-asks.ts";

const PinholeSettings = Type.Object(
  {
    most: Type.Number({
      minimum: 2,
      maximum: 900,
      default: 180,
      description: "the longest pause to try, in seconds; the look takes up to four times as long",
    }),
    localAddress: Type.Optional(
      Type.String({
        maxLength: 45,
        description: "our address to ask from, such as the one in the voice VLAN",
      }),
    ),
  },
  { additionalProperties: false },
);
type PinholeSettings = Static<typeof PinholeSettings>;

/** How long firewall and NAT keep a UDP port open: after one exchange, and for a flow that has gone on. */
export const pinhole: Probe<typeof PinholeSettings, WayIo> = {
  name: "pinhole",
  verb: "pinhole",
  about: "how long NAT and firewall keep a silent UDP port open, and what keep-alive phones need",
  target: "HOST[:PORT]",
  example: "offhook diag pinhole mirror.example:3478 --most 120",
  settings: PinholeSettings,
  async run(target, settings, io, signal) {
    const { localAddress } = settings;
    const look = { probe: "pinhole", key: "nat.life.short", defaultPort: 3478, localAddress } as const;
    const found = await findPlace(target, look, io);
    if (!found.ok) return found.observations;
    const { place } = found;
    const cannot = await whyNot(place, io, signal);
    if (cannot !== undefined) return [place.observe("nat.life.short", null, cannot)];
    return measureBoth(place, settings, io, signal);
  },
  show: (observations) =>
    showLines(
      observations,
      [
        ["nat.life.short", "after one exchange"],
        ["nat.life.stream", "while a flow goes on"],
        ["nat.life.inbound", "prolonged from outside"],
        ["nat.life.most", "longest pause tried"],
      ],
      [
        ["nat.keepAlive", (pause) => keepAliveWords(pause, observations)],
        ["nat.life.short", (life) => `a silent port shuts after about ${life}`],
      ],
    ),
};

/** A port that outlived every pause may live for ever, or shut a second later. */
function keepAliveWords(pause: string, observations: readonly Observation[]): string {
  const value = (key: ObservationKey) => observations.find((each) => each.key === key)?.value;
  if (value("nat.life.short") !== null) return `phones need a keep-alive every ${pause} at most`;
  const longer = Number(value("nat.keepAlive")) < 29 ? "; whether longer is, was not tried (--most)" : "";
  return `a keep-alive every ${pause} is enough${longer}`;
}

/** The far end must answer to a port that it is told; if it does not even at once, no lifetime can be measured. */
async function whyNot(
  place: WayPlace,
  io: WayIo,
  signal: AbortSignal,
): Promise<{ readonly outcome: "timeout" | "absent"; readonly evidence: string } | undefined> {
  await using socket = await openFresh(place, io);
  const mapped = mappedOf(await socket.ask(bindingRequest(), place, patient, signal));
  if (mapped === undefined) return { outcome: "timeout", evidence: "the STUN server does not answer" };
  if (await poke(socket, mapped.port, { place, io }, signal)) return undefined;
  const evidence =
    "the server does not answer to another port when asked (RESPONSE-PORT of RFC 5780): use an offhook mirror or coturn";
  return { outcome: "absent", evidence };
}

async function measureBoth(
  place: WayPlace,
  { most }: PinholeSettings,
  io: WayIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  io.say(`waiting up to ${most} s on many ports at once, then once more inside the gap`);
  const [short, stream] = await Promise.all([
    measureLife({ place, io, kind: "short", most }, signal),
    measureLife({ place, io, kind: "stream", most }, signal),
  ]);
  const life = lifeOf(short);
  const prolonged = life === undefined ? undefined : await isProlonged({ place, io, life }, signal);
  return [
    ...observeLife("nat.life.short", short, place),
    ...observeLife("nat.life.stream", stream, place),
    ...(prolonged === undefined ? [] : [place.observe("nat.life.inbound", prolonged)]),
    place.observe("nat.life.most", most),
    observeKeepAlive(short, place),
  ];
}

function observeKeepAlive(bracket: LifeBracket, { observe }: WayPlace): Observation {
  const pause = keepAliveFor(bracket);
  if (pause === undefined) {
    const evidence = "no keep-alive is short enough: the port shuts within a second or two";
    return observe("nat.keepAlive", null, { outcome: "absent", evidence });
  }
  const rest =
    bracket.dead === undefined ? "the longest pause tried" : "0.8 of the lifetime after one exchange";
  return observe("nat.keepAlive", pause, { evidence: `${rest}, and 29 s at most` });
}

/** A port that outlived every pause has no lifetime to name: its key tells only that. */
function observeLife(
  key: "nat.life.short" | "nat.life.stream",
  bracket: LifeBracket,
  { observe }: WayPlace,
): Observation[] {
  const life = lifeOf(bracket);
  const alive = `open after ${bracket.alive.toFixed(1)} s`;
  if (life === undefined)
    return [observe(key, null, { outcome: "absent", evidence: `${alive}, the longest pause tried` })];
  return [observe(key, life, { evidence: `${alive}, shut after ${bracket.dead?.toFixed(1) ?? ""} s` })];
}
