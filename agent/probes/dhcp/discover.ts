import { randomBytes } from "node:crypto";
import { decodeIp, ipProtocols } from "../../../protocol/capture/decode-ip.ts";
import { etherTypes } from "../../../protocol/capture/decode-link.ts";
import { decodeUdp } from "../../../protocol/capture/decode-transport.ts";
import {
  decodeDhcp,
  dhcpPort,
  dhcpType,
  encodeDhcp,
  type DhcpMessage,
} from "../../../protocol/dhcp/message.ts";
import { dhcpOption } from "../../../protocol/dhcp/options.ts";
import { addressesIn } from "../../../protocol/dhcp/option-values.ts";
import { askedCodes } from "../../../protocol/dhcp/phone-options.ts";
import { encodeDhcpPacket } from "../../../protocol/dhcp/udp-packet.ts";
import type { MacAddress } from "../../../protocol/mac-address.ts";
import type { AgentIo } from "../../io/io.ts";
import type { Link } from "../../io/udp/link-socket.ts";

/** One server's OFFER. */
export interface Offer {
  /** By option 54; the sender's address where it says none. */
  readonly server: string;
  readonly message: DhcpMessage;
}

/** How to ask. */
export interface Asking {
  readonly mac: MacAddress;
  /** Option 60. */
  readonly vendorClass: string | undefined;
  /** ms. */
  readonly wait: number;
}

export type Discovered =
  | { readonly ok: true; readonly offers: readonly Offer[]; readonly sent: number }
  | { readonly ok: false; readonly why: string };

/** What comes back to this host is read so often, ms. */
const step = 20;

/**
 * Asks twice with one transaction, since a port may have come up a moment ago, and takes every OFFER. No REQUEST follows:
 * each server forgets its offer by itself (RFC 2131 section 3.1).
 */
export async function discover(
  link: Link,
  asking: Asking,
  { clock }: Pick<AgentIo, "clock">,
  signal: AbortSignal,
): Promise<Discovered> {
  const message = discoverMessage(asking, randomBytes(4).readUInt32BE(0));
  const offers = new Map<string, Offer>();
  const start = clock.mono();
  const ask = (): { ok: true } | { ok: false; why: string } => {
    const secs = Math.floor((clock.mono() - start) / 1000);
    return link.broadcast(encodeDhcpPacket(encodeDhcp({ ...message, secs })));
  };
  const first = ask();
  if (!first.ok) return first;
  let sent = 1;
  while (clock.mono() - start < asking.wait) {
    await clock.sleep(step, signal);
    for (const packet of link.take()) {
      const offer = offerIn(packet, message);
      if (offer !== undefined && !offers.has(offer.server)) offers.set(offer.server, offer);
    }
    if (sent === 1 && clock.mono() - start >= asking.wait / 2) {
      ask();
      sent += 1;
    }
  }
  return { ok: true, offers: [...offers.values()], sent };
}

/** As a phone asks that knows nothing (RFC 2131 section 4.4.1). */
function discoverMessage({ mac, vendorClass }: Asking, xid: number): DhcpMessage {
  const hardwareAddress = Uint8Array.from(Buffer.from(mac, "hex"));
  const options: [number, Uint8Array][] = [
    [dhcpOption.messageType, Uint8Array.of(dhcpType.discover)],
    [dhcpOption.clientId, Uint8Array.of(1, ...hardwareAddress)],
    [dhcpOption.maxMessageSize, Uint8Array.of(1500 >> 8, 1500 & 0xff)],
    ...(vendorClass === undefined
      ? []
      : [[dhcpOption.vendorClass, Uint8Array.from(Buffer.from(vendorClass))] satisfies [number, Uint8Array]]),
    [dhcpOption.parameterList, Uint8Array.from(askedCodes)],
  ];
  const nowhere = "0.0.0.0";
  return {
    op: "request",
    hardwareType: 1,
    hops: 0,
    xid,
    secs: 0,
    // An answer to the offered address would be for nobody here.
    broadcast: true,
    clientAddress: nowhere,
    yourAddress: nowhere,
    nextServer: nowhere,
    relay: nowhere,
    hardwareAddress,
    serverName: "",
    file: "",
    options: new Map(options),
  };
}

/** An OFFER that answers this DISCOVER. */
function offerIn(packet: Uint8Array, asked: DhcpMessage): Offer | undefined {
  const data = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
  const ip = decodeIp(etherTypes.ipv4, data, 0);
  if (ip?.protocol !== ipProtocols.udp || ip.fragment !== undefined) return undefined;
  const udp = decodeUdp(ip.payload);
  if (udp?.destinationPort !== dhcpPort.client) return undefined;
  const read = decodeDhcp(udp.payload);
  if (!read.ok) return undefined;
  const { op, xid, hardwareAddress, options } = read.value;
  const isOurs = op === "reply" && xid === asked.xid && same(hardwareAddress, asked.hardwareAddress);
  if (!isOurs || options.get(dhcpOption.messageType)?.[0] !== dhcpType.offer) return undefined;
  const [server] = addressesIn(options.get(dhcpOption.serverId)) ?? [];
  return { server: server ?? ip.source.join("."), message: read.value };
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
