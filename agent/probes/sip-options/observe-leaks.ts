import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { SipMessage } from "../../../protocol/sip/message.ts";
import { privateAddressesIn } from "../../../protocol/sip/private-addresses.ts";
import { addressScope } from "../../../protocol/stun/nat-behaviour.ts";

/** Private addresses in what a public server says: nobody outside its own network reaches them. Of a private server: nothing. */
export function observeLeaks(
  messages: readonly SipMessage[],
  serverAddress: string,
  observe: Observe,
): Observation[] {
  if (messages.length === 0 || addressScope(serverAddress) !== "public") return [];
  const found = messages.flatMap(privateAddressesIn);
  const lines = (isUsed: boolean): string[] => [
    ...new Set(
      found.filter((each) => each.isUsed === isUsed).map(({ field, address }) => `${field}: ${address}`),
    ),
  ];
  const harmless = lines(false).join("; ").slice(0, 400);
  return [
    observe("sip.leak", lines(true).slice(0, 50), {
      evidence: harmless === "" ? undefined : `and, told but not used: ${harmless}`,
    }),
  ];
}
