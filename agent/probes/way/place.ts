import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { observerOf, type Observe } from "../../../protocol/observe.ts";
import { printHostPort } from "../../../protocol/sip/uri.ts";
import type { AgentIo } from "../../io/io.ts";
import { tryParseHostPort } from "../sip-options/host-port.ts";

/** Where a look at the way goes, and where it starts from. */
export interface WayPlace {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Our address towards it, as the kernel chooses it. */
  readonly localAddress: string;
  readonly observe: Observe;
}

export type WayIo = Pick<AgentIo, "clock" | "openUdp" | "resolve" | "say">;

type Found =
  | { readonly ok: true; readonly place: WayPlace }
  | { readonly ok: false; readonly observations: Observation[] };

/** How the look is named, and the key that stands for it when there is no way to the target at all. */
export interface WayLook {
  readonly probe: string;
  readonly key: ObservationKey;
  readonly defaultPort: number;
  readonly localAddress?: string | undefined;
}

/** Reads the target, resolves it and asks the kernel for the way; each failure is an observation. */
export async function findPlace(target: string, look: WayLook, io: WayIo): Promise<Found> {
  const parsed = tryParseHostPort(target, look.defaultPort);
  const name = parsed === undefined ? target : printHostPort(parsed.host, parsed.port);
  const observe = observerOf(look.probe, `path:${name}`, io.clock.now());
  const lost = (evidence: string): Observation =>
    observe(look.key, null, { outcome: "unreachable", evidence });
  if (parsed === undefined) return { ok: false, observations: [lost(`${target} is not HOST or HOST:PORT`)] };
  try {
    const [address = ""] = await io.resolve(parsed.host);
    const localAddress = look.localAddress ?? (await localAddressTo(address, parsed.port, io));
    return { ok: true, place: { ...parsed, address, localAddress, observe } };
  } catch (error) {
    const { code = "ENOTFOUND", message, syscall } = error as NodeJS.ErrnoException;
    const name = syscall === "getaddrinfo" ? [observe("dns.error", code)] : [];
    return { ok: false, observations: [...name, lost(message)] };
  }
}

/** @throws NodeJS.ErrnoException ENETUNREACH and the like. */
async function localAddressTo(address: string, port: number, { openUdp }: WayIo): Promise<string> {
  await using socket = await openUdp({ peer: { address, port } });
  return socket.localAddress;
}
