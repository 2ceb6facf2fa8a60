import type { Answer } from "../../protocol/answer.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import type { Directory } from "./directory.ts";

/** Through the door of old TLS, files go to marked families alone, and inside their site's networks; others hear no more than a stranger. */
export async function legacyAnswer(
  answer: Answer,
  request: PhoneRequest,
  directory: Directory,
  vendors: readonly string[],
): Promise<Answer> {
  if (answer.outcome !== "file") return answer;
  const { identity } = answer;
  const { vendor, mac } = identity;
  if (vendor === undefined || !vendors.includes(vendor))
    return {
      outcome: "denied",
      identity,
      kind: "old-tls",
      reason: `phones of ${vendor ?? "this maker"} may not use the door of old TLS`,
      remedy: "Update the phone's firmware; if it cannot be, add its family to `phones.legacy.vendors`.",
    };
  const sites = await directory.sitesByAddress(request.address);
  const device = mac === undefined ? undefined : await directory.deviceByMac(mac);
  if (device === undefined ? sites.length > 0 : sites.some((site) => site.id === device.site)) return answer;
  return {
    outcome: "denied",
    identity,
    kind: "old-tls",
    reason: `the door of old TLS serves a site's own networks, and ${request.address} is in none of the phone's`,
    remedy: "Add the network to the site, or bring the phone to TLS 1.2.",
  };
}
