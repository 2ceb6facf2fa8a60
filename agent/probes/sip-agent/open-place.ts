import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import { printHostPort } from "../../../protocol/sip/uri.ts";
import type { AgentIo } from "../../io/io.ts";
import { openSipChannel, type SipChannel } from "../../io/sip/sip-channel.ts";
import { observeFailure } from "../sip-options/observe-options.ts";

export type PlaceIo = Pick<AgentIo, "clock" | "openUdp" | "openStream" | "resolve" | "say">;

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly transport: SipTransport;
  /** TLS server name. */
  readonly domain: string;
  /** For connecting, ms. */
  readonly timeout: number;
}

export type OpenedPlace =
  | { readonly ok: true; readonly channel: SipChannel; readonly address: string }
  | {
      readonly ok: false;
      readonly observations: readonly Observation[];
      /** The last that was tried; absent where the name has none. */
      readonly address?: string;
    };

/** A channel to the first address of a place that can be opened, or what says why there is none. @throws the signal's reason. */
export async function openPlace(
  place: Place,
  io: PlaceIo,
  observe: Observe,
  signal: AbortSignal,
): Promise<OpenedPlace> {
  const { host, port, transport, domain, timeout } = place;
  let addresses: readonly string[];
  try {
    addresses = await io.resolve(host);
  } catch (error) {
    const { code = "ENOTFOUND", message } = error as NodeJS.ErrnoException;
    const unreachable = observe("sip.code", null, { outcome: "unreachable", evidence: message });
    return { ok: false, observations: [observe("dns.error", code, { evidence: message }), unreachable] };
  }
  let failed: readonly Observation[] = [];
  for (const address of addresses) {
    io.say(`asking ${printHostPort(address, port)} over ${transport}`);
    try {
      const target = { transport, address, port, serverName: domain, timeout };
      return { ok: true, channel: await openSipChannel(io, target, signal), address };
    } catch (error) {
      signal.throwIfAborted();
      failed = observeFailure(error as NodeJS.ErrnoException, { transport, note: `${address}: ` }, observe);
    }
  }
  const address = addresses.at(-1);
  return { ok: false, observations: failed, ...(address === undefined ? {} : { address }) };
}
