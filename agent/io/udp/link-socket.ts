import type { MacAddress } from "../../../protocol/mac-address.ts";
import { nativeSockets, type NativeSockets } from "./native-sockets.ts";

// Packets of one network card, below the sockets of this system (packet(7)): what has no address can send, and nothing that
// listens on a port is disturbed.

const packetFamily = 17;
/** SOCK_DGRAM: the kernel writes and reads the Ethernet header; without waiting, and not for the tools that we start. */
const withoutWaiting = 2 | 0x800 | 0x8_0000;
const etherTypes = { ip: 0x0800, arp: 0x0806 } as const;
const longest = 2048;
/** struct sockaddr_ll: family, protocol, index, hardware type, packet type, length, address. */
const addressSize = 20;
const ethernet = 1;
const notPermitted = [1, 13];
/** A busy card brings more than a look wants to read at once. */
const mostAtOnce = 2000;

/** A card that was opened, or the outcome and the sentence of why not. */
export type LinkOpened =
  | { readonly ok: true; readonly link: Link }
  | { readonly ok: false; readonly outcome: "denied" | "absent" | "unreachable"; readonly why: string };

/** One kind of packets on one card. */
export interface Link extends Disposable {
  /** The card's own address. */
  readonly mac: MacAddress;
  /** To all in the segment; what it rests on when the card does not take it. */
  broadcast(bytes: Uint8Array): { readonly ok: true } | { readonly ok: false; readonly why: string };
  /** What has come to this host since it was last asked, without Ethernet headers. */
  take(): Uint8Array[];
}

export type OpenLink = (card: string, kind: keyof typeof etherTypes) => LinkOpened;

/** Takes root or CAP_NET_RAW, on Linux. */
export const openLink: OpenLink = (card, kind) => {
  const native = nativeSockets();
  if (native === undefined)
    return {
      ok: false,
      outcome: "absent",
      why: "this system does not let us send without an address: Linux does",
    };
  const index = native.cardIndex(card);
  if (index === 0) return { ok: false, outcome: "unreachable", why: `there is no network card ${card}` };
  // Of no protocol until it is bound: else it would hear all cards until then.
  const fd = native.socket(packetFamily, withoutWaiting, 0);
  if (fd < 0)
    return notPermitted.includes(native.errno())
      ? {
          ok: false,
          outcome: "denied",
          why: "no right to packets of a network card: run it as root, or with CAP_NET_RAW",
        }
      : { ok: false, outcome: "absent", why: `this system gives no packet socket (error ${native.errno()})` };
  const link = new PacketLink(native, fd, linkAddress(index, etherTypes[kind]));
  return link.mac === ""
    ? { ok: false, outcome: "absent", why: `${card} is no Ethernet card` }
    : { ok: true, link };
};

function linkAddress(index: number, etherType: number): Uint8Array {
  const bytes = new Uint8Array(addressSize);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, packetFamily, true);
  view.setUint16(2, etherType);
  view.setInt32(4, index, true);
  bytes[11] = 6;
  bytes.fill(0xff, 12, 18);
  return bytes;
}

class PacketLink implements Link {
  readonly mac: MacAddress;
  readonly #native: NativeSockets;
  readonly #fd: number;
  readonly #everybody: Uint8Array;
  readonly #bytes = new Uint8Array(longest);

  constructor(native: NativeSockets, fd: number, everybody: Uint8Array) {
    this.#native = native;
    this.#fd = fd;
    this.#everybody = everybody;
    this.mac = native.bind(fd, everybody, addressSize) === 0 ? this.#ownAddress() : "";
    if (this.mac === "") native.close(fd);
  }

  /** Empty where the card has none: a tunnel, loopback. */
  #ownAddress(): MacAddress {
    const bytes = new Uint8Array(addressSize);
    if (this.#native.getsockname(this.#fd, bytes, Uint32Array.of(addressSize)) !== 0) return "";
    const isEthernet = new DataView(bytes.buffer).getUint16(8, true) === ethernet && bytes[11] === 6;
    return isEthernet ? Buffer.from(bytes.subarray(12, 18)).toString("hex") : "";
  }

  broadcast(bytes: Uint8Array): { ok: true } | { ok: false; why: string } {
    const sent = this.#native.sendto(this.#fd, bytes, bytes.length, 0, this.#everybody, addressSize);
    if (Number(sent) === bytes.length) return { ok: true };
    const code = this.#native.errno();
    return {
      ok: false,
      why: code === 100 ? "the card is down" : `the card takes no packets (error ${code})`,
    };
  }

  take(): Uint8Array[] {
    const taken: Uint8Array[] = [];
    while (taken.length < mostAtOnce) {
      const length = Number(this.#native.recv(this.#fd, this.#bytes, longest, 0));
      if (length <= 0) break;
      taken.push(this.#bytes.slice(0, length));
    }
    return taken;
  }

  [Symbol.dispose](): void {
    this.#native.close(this.#fd);
  }
}
