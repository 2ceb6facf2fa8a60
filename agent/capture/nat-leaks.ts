import { isPrivateAddress } from "./private-address.ts";
import { addressOf, uriOf, type SeenMessage } from "./seen-message.ts";

/** An address in a message that its receiver cannot use, or that differs from where the packet came from. */
export interface Leak {
  readonly field: "Via" | "Contact" | "SDP c=";
  readonly address: string;
  readonly packetSource: string;
  readonly number: number;
  /** `private`: announced to the public side. `differs`: not where the packet came from, which a NAT does too. */
  readonly kind: "private" | "differs";
}

/** What a message announces that does not fit the packet it came in (matrix T5). */
export function leaksOf(seen: SeenMessage): Leak[] {
  const source = addressOf(seen.source);
  const crosses = !isPrivateAddress(source) || !isPrivateAddress(addressOf(seen.destination));
  const leak = (field: Leak["field"], address: string): Leak[] => {
    if (!isPrivateAddress(address)) return [];
    const kind = crosses ? "private" : "differs";
    if (kind === "differs" && address === source) return [];
    return [{ field, address, packetSource: seen.source, number: seen.number, kind }];
  };
  const media = seen.media.flatMap(({ address, port }) => (port === 0 ? [] : leak("SDP c=", address)));
  const contact = uriOf(seen.message, "Contact")?.host ?? "";
  return [...viaLeak(seen, source), ...leak("Contact", contact), ...media];
}

/** A Via of the sender that names another address is what `rport` is for: told, and no fault by itself. */
function viaLeak(seen: SeenMessage, source: string): Leak[] {
  const host = seen.via?.host ?? "";
  if (seen.message.kind !== "request" || host === source || !isPrivateAddress(host)) return [];
  return [{ field: "Via", address: host, packetSource: seen.source, number: seen.number, kind: "differs" }];
}
