import { BlockList, isIP } from "node:net";
import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";

/** A CIDR block, as `10.1.2.0/24` or `2001:db8::/48`; a bare address is a block of one. */
export interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/** Reads a network. `/0` is refused: a window open to everybody hands out secrets to everybody. */
export function decodeNetwork(text: string): Decoded<Network> {
  const expected = "a network such as 10.1.2.0/24 or 2001:db8:1::/64";
  const [address = "", prefixText, more] = text.trim().split("/");
  const version = isIP(address);
  if (version === 0 || more !== undefined || address.includes("%"))
    return mismatch("network", expected, text);
  const longest = version === 4 ? 32 : 128;
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return mismatch("network", expected, text);
  const prefix = prefixText === undefined ? longest : Number(prefixText);
  if (prefix < 1 || prefix > longest)
    return mismatch("network", `${expected} (a prefix from 1 to ${longest})`, text);
  return decoded({ address, prefix, family: version === 4 ? "ipv4" : "ipv6" });
}

/** Whether an address is in one of the networks; text that is no network holds no address. */
export class Networks {
  readonly #blocks = new BlockList();

  constructor(networks: readonly string[]) {
    for (const text of networks) {
      const network = decodeNetwork(text);
      if (network.ok)
        this.#blocks.addSubnet(network.value.address, network.value.prefix, network.value.family);
    }
  }

  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#blocks.check(address, version === 4 ? "ipv4" : "ipv6");
  }
}
