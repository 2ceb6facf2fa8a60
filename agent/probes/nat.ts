import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import { addressScope, same } from "../../protocol/stun/nat-behaviour.ts";
import { defaultGateway } from "../io/host/default-route.ts";
import { askRouter, type RouterOrder, type RouterSays } from "./nat/ask-router.ts";
import { runBehaviour, type NatSeen } from "./nat/run-behaviour.ts";
import { showNat } from "./nat/show-nat.ts";
import { findPlace, type WayIo, type WayPlace } from "./way/place.ts";

const NatSettings = Type.Object(
  {
    routerAddress: Type.Optional(
      Type.String({
        maxLength: 45,
        description:
          "the public address that the router's own page shows, to notice a second NAT; without it the router is asked",
      }),
    ),
    gateway: Type.Optional(
      Type.String({
        maxLength: 45,
        description:
          "the router to ask for its public address, by NAT-PMP, PCP or UPnP; without it the one of the default route",
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
    const { place } = found;
    const seen = await runBehaviour(place, io, settings.ports, signal);
    if (seen !== undefined && same(seen.mapped, seen.local)) return observeNat(seen, place);
    const local = seen?.local ?? { address: place.localAddress, port: place.port };
    const router = await routerSays({ local, peer: place, settings }, io, signal);
    if (seen !== undefined)
      return [
        ...observeNat(seen, place),
        ...observeRouter(router, place),
        ...observeDouble(seen, router, place),
      ];
    const evidence = "the STUN server does not answer";
    return [
      place.observe("stun.ok", false, { outcome: "timeout", evidence }),
      ...observeRouter(router, place),
      ...observeInner(router, place),
    ];
  },
  show: showNat,
};

/** Its own page comes before its protocols: a person read it. */
async function routerSays(
  { local, peer, settings }: Pick<RouterOrder, "local" | "peer"> & { readonly settings: NatSettings },
  io: WayIo,
  signal: AbortSignal,
): Promise<RouterSays | undefined> {
  const { routerAddress, gateway = await defaultGateway() } = settings;
  if (routerAddress !== undefined) return { by: "its page", address: routerAddress };
  io.say("asking the router for its public address");
  return askRouter({ gateway, local, peer }, io, signal);
}

function observeNat(seen: NatSeen, { observe }: WayPlace): Observation[] {
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
  ];
}

function observeRouter(router: RouterSays | undefined, { observe }: WayPlace): Observation[] {
  if (router === undefined) {
    const evidence = "the router speaks neither NAT-PMP nor PCP nor UPnP";
    return [observe("nat.router", null, { outcome: "absent", evidence })];
  }
  const evidence = `by ${router.by}`;
  if (router.address !== undefined) return [observe("nat.router", router.address, { evidence })];
  return [observe("nat.router", "none", { evidence: `${evidence}: it has no public address` })];
}

/** Signs of a second NAT: what comes out of the first is no public address, or not the router's own (row A5). */
function observeDouble(
  { mapped, origin, addresses }: NatSeen,
  router: RouterSays | undefined,
  place: WayPlace,
): Observation[] {
  const { observe } = place;
  const inner = observeInner(router, place);
  if (inner.length > 0) return inner;
  if (router?.address !== undefined) {
    // A router with several lines tells one of them.
    const twice = !addresses.includes(router.address);
    const evidence = `the router says ${router.address} (${router.by}), the STUN server sees ${mapped.address}`;
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

const scopeWords: Readonly<Record<string, string>> = {
  shared: "of 100.64.0.0/10, a carrier's own NAT",
  private: "a private address",
  link: "an address of the link alone",
  loopback: "an address of its own",
};

/** A router whose outer side is no public address stands behind another NAT, whatever a STUN server sees. */
function observeInner(router: RouterSays | undefined, { observe }: WayPlace): Observation[] {
  if (router === undefined) return [];
  if (router.address === undefined)
    return [
      observe("nat.double", true, {
        evidence: `the router says that it has no public address (${router.by})`,
      }),
    ];
  const words = scopeWords[addressScope(router.address)];
  if (words === undefined) return [];
  const evidence = `the router's outer address is ${router.address} (${router.by}), ${words}`;
  return [observe("nat.double", true, { evidence })];
}
