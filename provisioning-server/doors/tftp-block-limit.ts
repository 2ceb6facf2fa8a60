import { isIPv6 } from "node:net";
import { type TermLimits, usualLimits } from "../../protocol/tftp/options.ts";
import { type NativeUdp, socketAddress } from "./tftp-native.ts";

/** IP, UDP and TFTP headers in front of a block. */
const headers = { v4: 20 + 8 + 4, v6: 40 + 8 + 4 } as const;
const ethernet = 1500;
const plainBlock = 512;
const keep = 600_000;
const most = 10_000;

/**
 * The largest block that reaches an address in one piece: fragments are dropped by many firewalls and phones, and a phone
 * that asks for 65464 gets what fits. No more than Ethernet's, whatever the first link takes; less where the kernel knows of
 * a smaller path (a tunnel, or an ICMP "fragmentation needed").
 */
export class BlockLimit {
  readonly #native: Pick<NativeUdp, "pathMtu"> | undefined;
  readonly #known = new Map<string, { readonly limits: TermLimits; readonly until: number }>();

  constructor(native: Pick<NativeUdp, "pathMtu"> | undefined) {
    this.#native = native;
  }

  /** `address` is plain, without the IPv4-mapped prefix. */
  of(address: string, now: number): TermLimits {
    const known = this.#known.get(address);
    if (known !== undefined && known.until > now) return known.limits;
    const limits = { ...usualLimits, maxBlockSize: this.#block(address) };
    if (this.#known.size >= most) this.#known.clear();
    this.#known.set(address, { limits, until: now + keep });
    return limits;
  }

  #block(address: string): number {
    const v6 = isIPv6(address);
    const to = socketAddress(address, 9, v6);
    const mtu = to === undefined ? ethernet : (this.#native?.pathMtu(to) ?? ethernet);
    return Math.max(plainBlock, Math.min(mtu, ethernet) - (v6 ? headers.v6 : headers.v4));
  }
}
