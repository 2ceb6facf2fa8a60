import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import { addressScope, same } from "../../protocol/stun/nat-behaviour.ts";
import { runBehaviour, type NatSeen } from "./nat/run-behaviour.ts";
import { showNat } from "./nat/show-nat.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";

const NatSettings = Type.Object(
  {
    routerAddress: Type.Optional(
      Type.String({
        maxLength: 45,
        description: "the public address that the router's own page shows, to notice a second NAT behind it",
      }),
    ),
    localAddress: Type.Optional(
      Type.String({
        maxLength: 45,
        description: "our address to ask from, such as the one in the voice VLAN",
      }),
    ),
    ports: Type.Integer({
      minimum: 0,
      maximum: 30,
      default: 9,
      description: "further ports to ask from, to notice several lines",
    }),
  },
  { additionalProperties: false },
);
type NatSettings = Static<typeof NatSettings>;

/** What the NAT before us does (RFC 5780), and whether there are two. */
export const nat: Probe<typeof NatSettings, WayIo> = {
  name: "nat",
  verb: "nat",
  about:
    "what the NAT does: how it maps and filters, hairpin, a second NAT, several lines; with a STUN server",
  target: "HOST[:PORT]",
  example: "offhook diag nat stun.example:3478 --router-address 198.51.100.7",
  settings: NatSettings,
  async run(target, settings, io, signal) {
    const { localAddress } = settings;
    const look = { probe: "nat", key: "nat.behind", defaultPort: 3478, localAddress } as const;
    const found = await findPlace(target, look, io);
    if (!found.ok) return found.observations;
    const seen = await runBehaviour(found.place, io, settings.ports, signal);
    if (seen !== undefined) return observeNat(seen, found.place, settings);
    const evidence = "the STUN server does not answer";
    return [found.place.observe("stun.ok", false, { outcome: "timeout", evidence })];
  },
  show: showNat,
};

function observeNat(seen: NatSeen, { observe }: WayPlace, settings: NatSettings): Observation[] {
  const unknown = (evidence: string) => ({ outcome: "absent", evidence }) as const;
  const mapping = "the server has no second address (RFC 5780)";
  return [
    observe("stun.ok", true),
    observe("stun.mapped", printHostPort(seen.mapped.address, seen.mapped.port), {
      evidence: `we sent from ${printHostPort(seen.local.address, seen.local.port)}`,
    }),
    observe("nat.behind", !same(seen.mapped, seen.local)),
    observe("nat.mapping", seen.mapping ?? null, seen.mapping === undefined ? unknown(mapping) : {}),
    observe("nat.filter", seen.filter ?? null, seen.filter === undefined ? unknown(seen.filterNote) : {}),
    ...(seen.hairpin === undefined ? [] : [observe("nat.hairpin", seen.hairpin)]),
    observe("nat.addresses", [...seen.addresses]),
    ...observeDouble(seen, observe, settings),
  ];
}

/** Signs of a second NAT: what comes out of the first is no public address, or not the router's own (row A5). */
function observeDouble(
  seen: NatSeen,
  observe: WayPlace["observe"],
  { routerAddress }: NatSettings,
): Observation[] {
  const { mapped, local, origin } = seen;
  if (same(mapped, local)) return [];
  if (routerAddress !== undefined) {
    const twice = routerAddress !== mapped.address || addressScope(routerAddress) !== "public";
    const evidence = `the router says ${routerAddress}, the STUN server sees ${mapped.address}`;
    return [observe("nat.double", twice, { evidence })];
  }
  if (addressScope(mapped.address) === "shared") {
    const evidence = `${mapped.address} is of 100.64.0.0/10, a carrier's own NAT`;
    return [observe("nat.double", true, { evidence })];
  }
  if (origin !== undefined) {
    const evidence = `asked one address, answered as ${printHostPort(origin.address, origin.port)}: the server is behind a NAT too`;
    return [observe("nat.double", true, { evidence })];
  }
  return [];
}
