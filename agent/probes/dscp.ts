import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import type { Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { askMirror, type MirrorWord } from "./dscp/ask-mirror.ts";
import { showDscp } from "./dscp/show-dscp.ts";
import { walkPath, type HopSeen, type PathWalked } from "./dscp/walk-path.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";

const DscpSettings = Type.Object(
  {
    dscp: Type.Integer({
      minimum: 0,
      maximum: 63,
      default: 46,
      description: "the marking to send: 46 is EF (voice), 24 is CS3 (signalling)",
    }),
    localAddress: Type.Optional(
      Type.String({
        maxLength: 45,
        description: "our address to send from, such as the one in the voice VLAN",
      }),
    ),
  },
  { additionalProperties: false },
);
type DscpSettings = Static<typeof DscpSettings>;

/** Does the marking of voice arrive (a mirror says so), and at which router is it lost (which takes root)? */
export const dscp: Probe<typeof DscpSettings, WayIo> = {
  name: "dscp",
  verb: "dscp",
  about: "send marked packets (DSCP) and learn how they arrive: from a mirror; as root, from each router",
  target: "HOST[:PORT]",
  example: "offhook diag dscp mirror.example:5070",
  settings: DscpSettings,
  async run(target, settings, io, signal) {
    const { localAddress } = settings;
    const found = await findPlace(
      target,
      { probe: "dscp", key: "dscp.seen", defaultPort: 5060, localAddress },
      io,
    );
    if (!found.ok) return found.observations;
    const { place } = found;
    const [word, walked] = await Promise.all([
      askMirror(place, settings.dscp, io, signal),
      walkPath(place, settings.dscp, io, signal),
    ]);
    return observePath(word, walked, place, settings);
  },
  show: showDscp,
};

function observePath(
  { marked, there, back }: MirrorWord,
  walked: PathWalked,
  { observe }: WayPlace,
  settings: DscpSettings,
): Observation[] {
  if (!marked)
    return [
      observe("dscp.seen", null, { outcome: "absent", evidence: "this system does not let us mark packets" }),
    ];
  const hops = walked.kind === "walked" ? walked.hops : [];
  return [
    observe("dscp.sent", settings.dscp),
    ...(there === undefined
      ? [observeByHops(hops, walked, observe, settings)]
      : [
          observe("dscp.seen", there.tos >> 2, { evidence: "as the mirror says" }),
          observe("ttl.seen", there.ttl, { evidence: "as the mirror says" }),
        ]),
    ...observeHop(walked, there, observe, settings),
    ...(walked.kind === "walked"
      ? [
          observe(
            "dscp.path",
            hops.map(({ hop, address, dscp: marking }) => `${hop} ${address} ${marking}`),
          ),
        ]
      : []),
    ...(back === undefined
      ? []
      : [
          observe("dscp.back", back.tos >> 2, {
            evidence:
              "of a SIP answer, which the far end marks as it likes; `diag rtp` to a mirror knows both",
          }),
          observe("ttl.back", back.ttl),
        ]),
  ];
}

const noRight = "no right to hear ICMP here: that takes root, or CAP_NET_RAW";

/** Without a mirror: as the target quotes it, or the last router that changed it. */
function observeByHops(
  hops: readonly HopSeen[],
  { kind }: PathWalked,
  observe: Observe,
  { dscp: sent }: DscpSettings,
): Observation {
  const seen = hops.find((each) => each.isTarget) ?? hops.find((each) => each.dscp !== sent);
  if (seen !== undefined) return observe("dscp.seen", seen.dscp, { evidence: `as ${seen.address} got it` });
  if (kind !== "walked") {
    const evidence = `the target does not tell (an \`offhook mirror\` does), and ${noRight}`;
    return observe("dscp.seen", null, { outcome: "denied", evidence });
  }
  const evidence =
    "the target does not tell (an `offhook mirror` does) or refuse a closed port, and no router changes it";
  return observe("dscp.seen", null, { outcome: "timeout", evidence });
}

/** The router that changes it, by what routers quote; a mirror can only know that one does. */
function observeHop(
  walked: PathWalked,
  there: MirrorWord["there"],
  observe: Observe,
  { dscp: sent }: DscpSettings,
): Observation[] {
  const hops = walked.kind === "walked" ? walked.hops : [];
  const changed = hops.find((each) => each.dscp !== sent);
  if (changed !== undefined)
    return [observe("dscp.hop", changed.hop, { evidence: `${changed.address} got ${changed.dscp}` })];
  if (there === undefined || there.tos >> 2 === sent) return [];
  const [outcome, evidence] =
    walked.kind === "walked"
      ? (["timeout", "no router that answers got it changed"] as const)
      : (["denied", noRight] as const);
  return [observe("dscp.hop", null, { outcome, evidence })];
}
