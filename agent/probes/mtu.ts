import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import { trySize, type SizeResult } from "./mtu/try-size.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";
import { showLines } from "./way/show-lines.ts";

const MtuSettings = Type.Object(
  {
    most: Type.Integer({
      minimum: 600,
      maximum: 9000,
      default: 1500,
      description: "the largest packet to try whole, in bytes with its IP header",
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
type MtuSettings = Static<typeof MtuSettings>;

/** Every link must take this much (RFC 791: hosts), and an OPTIONS of ours fits. */
const least = 576;

/** How large SIP over UDP may be: whole packets (DF) up to which size, and whether larger ones pass in fragments. */
export const mtu: Probe<typeof MtuSettings, WayIo> = {
  name: "mtu",
  verb: "mtu",
  about: "how large SIP packets may be on the way to a SIP server: exact path MTU, black hole, fragments",
  target: "HOST[:PORT]",
  example: "offhook diag mtu pbx.example:5060",
  settings: MtuSettings,
  async run(target, settings, io, signal) {
    const { localAddress } = settings;
    const found = await findPlace(
      target,
      { probe: "mtu", key: "mtu.df", defaultPort: 5060, localAddress },
      io,
    );
    if (!found.ok) return found.observations;
    return measure(found.place, settings, io, signal);
  },
  show: (observations) =>
    showLines(
      observations,
      [
        ["mtu.icmp", "routers tell"],
        ["mtu.frag", "larger in fragments"],
      ],
      [["mtu.df", (size) => `${size} pass whole`]],
    ),
};

async function measure(
  place: WayPlace,
  { most }: MtuSettings,
  io: WayIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  const { observe } = place;
  const small = await trySize({ place, io, size: least, dontFragment: "always" }, signal);
  if (small.result === "refused") {
    const evidence = "nothing listens on that UDP port: the host says so by ICMP port unreachable";
    return [observe("mtu.df", null, { outcome: "refused", evidence })];
  }
  if (small.result !== "answered") {
    const evidence = `no answer to an OPTIONS of ${least} bytes`;
    return [observe("mtu.df", null, { outcome: "timeout", evidence })];
  }
  const whole = small.headerSet ? await searchWhole(place, most, io, signal) : undefined;
  io.say("trying fragments");
  const frag = await passesInFragments(place, most, io, signal);
  return [
    ...(whole === undefined
      ? [observe("mtu.df", null, { outcome: "absent", evidence: "DF cannot be set on this system" })]
      : observeWhole(whole, place)),
    observe("mtu.frag", frag.passes, { evidence: frag.evidence }),
  ];
}

interface Whole {
  readonly passes: number;
  /** The largest size worth trying: our own link takes no more. */
  readonly most: number;
  readonly told: boolean;
}

function observeWhole({ passes, most, told }: Whole, { observe }: WayPlace): Observation[] {
  const evidence =
    passes < most ? `${passes} passes, ${passes + 1} does not` : `${passes}, the most that was tried`;
  return [
    observe("mtu.df", passes, { evidence }),
    observe("mtu.most", most),
    ...(passes < most ? [observe("mtu.icmp", told)] : []),
  ];
}

/** Bisects between what passes and what does not. */
async function searchWhole(place: WayPlace, most: number, io: WayIo, signal: AbortSignal): Promise<Whole> {
  let [passes, tooLarge, ownLink, told] = [least, most + 1, most, false];
  const attempt = async (size: number): Promise<SizeResult> => {
    io.say(`trying ${size} bytes`);
    return (await trySize({ place, io, size, dontFragment: "always" }, signal)).result;
  };
  for (let size = most; tooLarge - passes > 1; size = Math.floor((passes + tooLarge) / 2)) {
    const result = await attempt(size);
    if (result === "answered") passes = size;
    else tooLarge = size;
    if (result === "told") told = true;
    if (result === "own-link") ownLink = Math.min(ownLink, size - 1);
  }
  return { passes, most: passes === ownLink ? passes : ownLink, told };
}

/** Two sizes that no Ethernet takes whole: two fragments, and three where the MTU is a usual one. */
async function passesInFragments(place: WayPlace, most: number, io: WayIo, signal: AbortSignal) {
  const results: string[] = [];
  let passes = true;
  for (const size of [most + 100, most + 1400]) {
    const { result } = await trySize({ place, io, size, dontFragment: "never" }, signal);
    results.push(`${size} bytes ${result === "answered" ? "answered" : "not answered"}`);
    passes &&= result === "answered";
  }
  return { passes, evidence: results.join(", ") };
}
