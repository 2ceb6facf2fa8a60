import { randomBytes } from "node:crypto";
import type { Decoded } from "../../../protocol/decoded.ts";
import {
  decodeExternalAddress,
  decodeGatewayDescription,
  externalAddressRequest,
} from "../../../protocol/port-mapping/internet-gateway.ts";
import {
  decodeNatPmpAnswer,
  natPmpAddressRequest,
  portMappingPort,
} from "../../../protocol/port-mapping/nat-pmp.ts";
import { decodePcpPeerAnswer, encodePcpPeer } from "../../../protocol/port-mapping/pcp-peer.ts";
import { decodeSsdpAnswer, ssdpGroup, ssdpSearch } from "../../../protocol/port-mapping/ssdp.ts";
import type { StunAddress } from "../../../protocol/stun/attributes.ts";
import { askRouterOverHttp } from "../../io/fetch/ask-router-over-http.ts";
import type { Datagram } from "../../io/udp/udp.ts";
import type { WayIo } from "../way/place.ts";

/** What the router says of its own outer side. */
export interface RouterSays {
  readonly by: "NAT-PMP" | "PCP" | "UPnP" | "its page";
  /** undefined: it has none that it would call external. */
  readonly address: string | undefined;
}

export interface RouterOrder {
  /** The next router; undefined: not known, and only UPnP finds it. */
  readonly gateway: string | undefined;
  /** A port of ours from which the far end was spoken to. */
  readonly local: StunAddress;
  readonly peer: StunAddress;
}

/** Asks the next router by NAT-PMP, by PCP where it has that instead, then by UPnP; undefined: it speaks none of them. */
export async function askRouter(
  order: RouterOrder,
  io: WayIo,
  signal: AbortSignal,
): Promise<RouterSays | undefined> {
  try {
    const known =
      order.gateway === undefined ? undefined : await askGateway(order.gateway, order, io, signal);
    return known ?? (await askByUpnp(order.local.address, io, signal));
  } catch (error) {
    signal.throwIfAborted();
    // The kernel has no way there, from the address that we ask from.
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}

async function askGateway(
  gateway: string,
  { local, peer }: RouterOrder,
  io: WayIo,
  signal: AbortSignal,
): Promise<RouterSays | undefined> {
  const exchange = <T>(request: Uint8Array, read: (bytes: Uint8Array) => Decoded<T>) =>
    exchangeWith({ gateway, localAddress: local.address, request, read }, io, signal);
  const first = await exchange(natPmpAddressRequest, decodeNatPmpAnswer);
  if (first?.kind === "address") return { by: "NAT-PMP", address: first.address };
  if (first?.kind === "no-address") return { by: "NAT-PMP", address: undefined };
  if (first?.kind !== "version") return undefined;
  const nonce = randomBytes(12);
  const request = encodePcpPeer({ nonce, local, peer, lifetime: peerLifetime });
  const second = await exchange(request, (bytes) => decodePcpPeerAnswer(bytes, nonce));
  return second?.kind === "address" ? { by: "PCP", address: second.address } : undefined;
}

/** No longer than a NAT keeps the port by itself, s. */
const peerLifetime = 30;
/** RFC 6886 3.1 doubles from 250 ms; a router on the link that is silent for this long has no such service. */
const waits = [250, 500, 750];

interface Exchange<T> {
  readonly gateway: string;
  readonly localAddress: string;
  readonly request: Uint8Array;
  readonly read: (bytes: Uint8Array) => Decoded<T>;
}

/** The first answer that can be read; undefined: none came. */
async function exchangeWith<T>(
  { gateway, localAddress, request, read }: Exchange<T>,
  io: WayIo,
  signal: AbortSignal,
): Promise<T | undefined> {
  // Connected: others cannot answer, and a port that nobody listens on says so at once.
  const peer = { address: gateway, port: portMappingPort };
  await using socket = await io.openUdp({ localAddress, peer });
  const heard = Promise.withResolvers<T | "refused">();
  socket.listen(
    ({ bytes }) => {
      const answer = read(bytes);
      if (answer.ok) heard.resolve(answer.value);
    },
    () => heard.resolve("refused"),
  );
  for (const wait of waits) {
    await socket.send(request, peer.port, peer.address).catch(() => heard.resolve("refused"));
    const answer = await Promise.race([heard.promise, io.clock.sleep(wait, signal)]);
    if (answer === "refused") return undefined;
    if (answer !== undefined) return answer;
  }
  return undefined;
}

async function askByUpnp(
  localAddress: string,
  io: WayIo,
  signal: AbortSignal,
): Promise<RouterSays | undefined> {
  for (const description of await search(localAddress, io, signal)) {
    const address = await askDescribed(description, signal);
    if (address !== undefined) return { by: "UPnP", address: address === "" ? undefined : address };
  }
  return undefined;
}

/** The group, once more for a lost packet; MX 1 has devices answer within a second. */
const searchFor = 1500;
/** A link has few routers; whoever announces more of them is up to something else. */
const mostDevices = 4;

async function search(localAddress: string, io: WayIo, signal: AbortSignal): Promise<URL[]> {
  await using socket = await io.openUdp({ localAddress });
  const found = new Map<string, URL>();
  socket.listen(
    (datagram) => {
      const url = descriptionAt(datagram);
      if (url !== undefined && found.size < mostDevices) found.set(url.href, url);
    },
    () => {},
  );
  for (const wait of [searchFor / 3, (2 * searchFor) / 3]) {
    try {
      await socket.send(ssdpSearch, ssdpGroup.port, ssdpGroup.address);
    } catch {
      return [];
    }
    await io.clock.sleep(wait, signal);
  }
  return [...found.values()];
}

/** Only on the device itself that answered: else anybody on the link could have us fetch from anywhere. */
function descriptionAt({ bytes, address }: Datagram): URL | undefined {
  const location = decodeSsdpAnswer(bytes);
  return location.ok ? ownUrl(location.value, undefined, address) : undefined;
}

function ownUrl(text: string, base: URL | undefined, host: string): URL | undefined {
  const url = URL.parse(text, base?.href);
  return url?.protocol === "http:" && url.hostname === host && url.username === "" ? url : undefined;
}

/** The address that the service of this description tells; undefined: it tells nothing. @throws the signal's reason. */
async function askDescribed(description: URL, signal: AbortSignal): Promise<string | undefined> {
  try {
    const service = decodeGatewayDescription(await askRouterOverHttp({ url: description }, signal));
    if (!service.ok) return undefined;
    const url = ownUrl(service.value.controlUrl, description, description.hostname);
    if (url === undefined) return undefined;
    const soap = externalAddressRequest(service.value.type);
    const told = decodeExternalAddress(await askRouterOverHttp({ url, soap }, signal));
    return told.ok ? told.value : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
