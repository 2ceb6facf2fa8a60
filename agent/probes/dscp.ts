import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import { walkPath, type HopSeen } from "./dscp/walk-path.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";
import { showLines } from "./way/show-lines.ts";

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

/** Does the marking of voice arrive, and at which router is it lost? */
export const dscp: Probe<typeof DscpSettings, WayIo> = {
  name: "dscp",
  verb: "dscp",
  about: "send marked packets (DSCP) and read, router by router, with which marking they arrive; as root",
  target: "HOST",
  example: "sudo offhook diag dscp pbx.example",
  settings: DscpSettings,
  async run(target, settings, io, signal) {
    const { localAddress } = settings;
    const found = await findPlace(
      target,
      { probe: "dscp", key: "dscp.seen", defaultPort: 5060, localAddress },
      io,
    );
    if (!found.ok) return found.observations;
    const walked = await walkPath(found.place, settings.dscp, io, signal);
    if (walked.kind === "walked") return observePath(walked.hops, found.place, settings);
    const evidence =
      walked.kind === "no-right"
        ? "no right to hear ICMP here: run it as root, or with CAP_NET_RAW"
        : "this system does not let us mark packets";
    const outcome = walked.kind === "no-right" ? "denied" : "absent";
    return [found.place.observe("dscp.seen", null, { outcome, evidence })];
  },
  show: (observations) =>
    showLines(observations, [
      ["dscp.sent", "sent"],
      ["dscp.seen", "arrives as"],
      ["dscp.hop", "changed before router"],
      ["dscp.path", "on the way"],
    ]),
};

function observePath(hops: readonly HopSeen[], { observe }: WayPlace, settings: DscpSettings): Observation[] {
  const changed = hops.find((each) => each.dscp !== settings.dscp);
  const target = hops.find((each) => each.isTarget);
  // Who is silent himself may still be behind a router that shows the loss.
  const seen = target ?? changed;
  const path = hops.map(({ hop, address, dscp: marking }) => `${hop} ${address} ${marking}`);
  return [
    observe("dscp.sent", settings.dscp),
    seen === undefined
      ? observe("dscp.seen", null, {
          outcome: "timeout",
          evidence: "the target does not refuse a closed port, and no router changes it",
        })
      : observe("dscp.seen", seen.dscp, { evidence: `as ${seen.address} got it` }),
    ...(changed === undefined
      ? []
      : [observe("dscp.hop", changed.hop, { evidence: `${changed.address} got ${changed.dscp}` })]),
    observe("dscp.path", path),
  ];
}
