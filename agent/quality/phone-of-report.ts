import { tryParseMacAddress, type MacAddress } from "../../protocol/mac-address.ts";
import type { Subject } from "../../protocol/observation.ts";
import { decodeNameAddr } from "../../protocol/sip/name-addr.ts";
import type { ReceivedReport } from "./quality-collector.ts";

/** MACs by address, as this machine's neighbour table has them. */
export type NeighbourMacs = ReadonlyMap<string, MacAddress>;

/**
 * Whose report it is: `phone:<mac>` where the report, the User-Agent, the SIP instance or the neighbour table say which;
 * else `phone:<user>@<address>`.
 */
export function phoneOfReport(received: ReceivedReport, neighbours: NeighbourMacs): Subject {
  const { report, userAgent, contact } = received;
  const mac =
    report.localMac ??
    macInInstance(contact) ??
    macInWords(userAgent ?? report.others.get("x-useragent")) ??
    neighbours.get(addressOf(received));
  return `phone:${mac ?? `${userOf(report.localId) ?? "unknown"}@${addressOf(received)}`}`;
}

/** The phone's own address, which a proxy between us does not change; else who sent. */
function addressOf({ report, from }: ReceivedReport): string {
  return report.localEnd?.address ?? from.address;
}

/** `+sip.instance="<urn:uuid:00000000-0000-1000-8000-805EC0010001>"`: the last field is the MAC (RFC 4122 4.1.6). */
function macInInstance(contact: string | undefined): MacAddress | undefined {
  const node = /urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-([0-9a-f]{12})/i.exec(
    contact ?? "",
  );
  return node === null ? undefined : tryParseMacAddress(node[1] ?? "");
}

/** `Yealink SIP-T46S 66.85.0.5 80:5e:c0:01:00:01`, `PolycomVVX-… 0004f2010001`. */
function macInWords(userAgent: string | undefined): MacAddress | undefined {
  for (const word of (userAgent ?? "").split(/[\s()/;,]+/)) {
    const digits = /^(?:[0-9a-f]{12}|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})$/i.test(word);
    const mac = digits ? tryParseMacAddress(word) : undefined;
    if (mac !== undefined) return mac;
  }
  return undefined;
}

/** The user of a party: `1001` of `"Anna" <sip:1001@pbx.example>`. */
export function userOf(party: string | undefined): string | undefined {
  if (party === undefined) return undefined;
  const read = decodeNameAddr(party);
  if (!read.ok) return undefined;
  const { uri } = read.value;
  return uri.kind === "sip" ? uri.user : uri.rest;
}
