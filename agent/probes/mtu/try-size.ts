import { isIPv6 } from "node:net";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { matchResponse } from "../../../protocol/sip/match-response.ts";
import type { SipRequest } from "../../../protocol/sip/message.ts";
import type { UdpHeaderOptions } from "../../io/udp/udp-options.ts";
import { bareOptions } from "../way/bare-options.ts";
import type { WayIo, WayPlace } from "../way/place.ts";

/**
 * What came of a packet of one size: an answer, a router's word that it is too large, our own link's, the host's word that
 * nothing listens on the port, or nothing.
 */
export type SizeResult = "answered" | "told" | "own-link" | "refused" | "silent";

export interface SizeTry {
  readonly place: WayPlace;
  readonly io: WayIo;
  /** Of the whole packet: IP header, UDP header, message. */
  readonly size: number;
  readonly dontFragment: NonNullable<UdpHeaderOptions["dontFragment"]>;
}

/** Sends an OPTIONS of exactly this size, three times at most, from a port of its own. */
export async function trySize(
  { place, io, size, dontFragment }: SizeTry,
  signal: AbortSignal,
): Promise<{ readonly result: SizeResult; readonly headerSet: boolean }> {
  const { address, port, localAddress } = place;
  const header = { dontFragment };
  await using socket = await io.openUdp({ localAddress, peer: { address, port }, header });
  const headerSet = socket.headerSet.dontFragment === true;
  const request = optionsOfSize(place, socket.localPort, size - headerOf(address));
  const heard = Promise.withResolvers<SizeResult>();
  socket.listen(
    ({ bytes }) => {
      const read = decodeSip(bytes, { fields: false });
      if (!read.ok || read.value.message.kind !== "response") return;
      if (matchResponse(request, read.value.message).ok) heard.resolve("answered");
    },
    (error) => heard.resolve(said.get(error.code ?? "") ?? "silent"),
  );
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      await socket.send(encodeSip(request), port, address);
    } catch (error) {
      const result = said.get((error as NodeJS.ErrnoException).code ?? "") ?? "silent";
      // On the first sending it is our own link that is too small; later the kernel hands on what a router said.
      return { result: tries === 0 && result === "told" ? "own-link" : result, headerSet };
    }
    const result = await Promise.race([heard.promise, io.clock.sleep(300, signal)]);
    if (result !== undefined) return { result, headerSet };
  }
  return { result: "silent", headerSet };
}

/** What the kernel heard by ICMP. */
const said: ReadonlyMap<string, SizeResult> = new Map([
  ["EMSGSIZE", "told"],
  ["ECONNREFUSED", "refused"],
]);

function headerOf(address: string): number {
  return (isIPv6(address) ? 40 : 20) + 8;
}

/** A header that no server knows takes up the rest. */
function optionsOfSize(place: WayPlace, localPort: number, size: number): SipRequest {
  const bare = bareOptions(place, "udp", { address: place.localAddress, port: localPort }, "MTU");
  const missing = Math.max(1, size - encodeSip(bare).length - "X-Pad: \r\n".length);
  return { ...bare, headers: [...bare.headers, { name: "X-Pad", value: "x".repeat(missing) }] };
}
