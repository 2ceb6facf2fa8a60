import { IcmpListener } from "../../io/udp/icmp.ts";
import type { WayIo, WayPlace } from "../way/place.ts";

/** What one router, or the target, quoted of the packet that reached it. */
export interface HopSeen {
  readonly hop: number;
  readonly address: string;
  readonly dscp: number;
  readonly isTarget: boolean;
}

export type PathWalked =
  | { readonly kind: "no-right" }
  | { readonly kind: "no-marking" }
  | { readonly kind: "walked"; readonly hops: readonly HopSeen[] };

const mostHops = 20;
/** Ports that nobody listens on, as traceroute has them: the target's refusal quotes the packet too. */
const firstPort = 33_434;
const rounds = 3;

/** Sends marked packets that end at each router in turn, all at once, and reads the marking from what comes back. */
export async function walkPath(
  place: WayPlace,
  dscp: number,
  io: WayIo,
  signal: AbortSignal,
): Promise<PathWalked> {
  using listener = IcmpListener.open();
  if (listener === undefined) return { kind: "no-right" };
  const seen = new Map<number, HopSeen>();
  for (let round = 0; round < rounds && !isWhole(seen); round += 1) {
    io.say(`marked packets to each router, round ${round + 1}`);
    for (let hop = 1; hop <= lastHop(seen); hop += 1)
      if (!seen.has(hop) && !(await sendMarked(place, hop, dscp, io))) return { kind: "no-marking" };
    for (let waited = 0; waited < 600 && !isWhole(seen); waited += 20) {
      await io.clock.sleep(20, signal);
      for (const { from, kind, quoted } of listener.take()) {
        const hop = quoted.destinationPort - firstPort;
        if (quoted.destination !== place.address || hop < 1 || hop > mostHops || seen.has(hop)) continue;
        seen.set(hop, { hop, address: from, dscp: quoted.tos >> 2, isTarget: kind === "unreachable" });
      }
    }
  }
  return { kind: "walked", hops: upToTarget(seen) };
}

/** The target answers all packets that get as far; the nearest one is its place on the way. */
function lastHop(seen: ReadonlyMap<number, HopSeen>): number {
  return Math.min(mostHops, ...[...seen.values()].filter(({ isTarget }) => isTarget).map(({ hop }) => hop));
}

function isWhole(seen: ReadonlyMap<number, HopSeen>): boolean {
  const last = lastHop(seen);
  return (
    seen.get(last)?.isTarget === true &&
    Array.from({ length: last }, (_, at) => at + 1).every((hop) => seen.has(hop))
  );
}

function upToTarget(seen: ReadonlyMap<number, HopSeen>): HopSeen[] {
  return [...seen.values()].filter(({ hop }) => hop <= lastHop(seen)).toSorted((a, b) => a.hop - b.hop);
}

async function sendMarked(place: WayPlace, hop: number, dscp: number, io: WayIo): Promise<boolean> {
  const header = { tos: dscp << 2, ttl: hop };
  await using socket = await io.openUdp({ localAddress: place.localAddress, header });
  if (socket.headerSet.tos !== true) return false;
  // A packet that the kernel refuses is one that did not come back.
  await socket.send(new Uint8Array(24), firstPort + hop, place.address).catch(() => undefined);
  return true;
}
