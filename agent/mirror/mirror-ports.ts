import { randomInt } from "node:crypto";
import type { OpenUdp, UdpOptions, UdpSocket } from "../io/udp/udp.ts";
import type { Endpoint } from "./mirror-call.ts";

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Opens a free even port of the range, from a random place on (RFC 3550 11: RTCP has the odd one above), or any port when
 * `from` is 0. Undefined when none is free.
 */
export async function openRtpPort(
  openUdp: OpenUdp,
  options: Pick<UdpOptions, "localAddress" | "header" | "control">,
  { from, to }: PortRange,
): Promise<UdpSocket | undefined> {
  if (from === 0) return openUdp(options);
  const even = from + (from % 2);
  const count = Math.floor((to - even) / 2) + 1;
  const start = randomInt(Math.max(1, count));
  for (let i = 0; i < count; i += 1) {
    try {
      return await openUdp({ ...options, localPort: even + 2 * ((start + i) % count) });
    } catch {
      // Somebody else's port: the next one.
    }
  }
  return undefined;
}

/** The address of ours that the kernel sends to this peer from; `bound` when it is none of the wildcards. */
export async function addressTowards(openUdp: OpenUdp, bound: string, peer: Endpoint): Promise<string> {
  if (bound !== "0.0.0.0" && bound !== "::") return bound;
  await using towards = await openUdp({ peer });
  return towards.localAddress;
}
