import { printMacAddress } from "../../protocol/mac-address.ts";
import type { Observation } from "../../protocol/observation.ts";
import { type SitePicture, switchesOf } from "./overview.ts";
import type { SearchHit } from "./pages.ts";
import type { NocAgent } from "./sources.ts";

/** So many digits of a MAC are a wish to know where it is; fewer would list every port. */
const leastDigits = 4;

/** Ports that have, or had, a phone with these digits in its MAC: the newest word of each phone, with its age. */
function placesOf(picture: SitePicture, digits: string, now: number): SearchHit[] {
  if (digits.length < leastDigits || !/^[0-9a-f]+$/.test(digits)) return [];
  const newest = new Map<string, Observation>();
  for (const seen of picture.observations) {
    if (seen.key !== "port.phone" || seen.outcome !== "ok" || typeof seen.value !== "string") continue;
    if (seen.value.includes(digits) && seen.at >= (newest.get(seen.value)?.at ?? 0))
      newest.set(seen.value, seen);
  }
  return [...newest].map(([mac, { subject, at, evidence }]) => {
    const name = subject.slice(subject.indexOf(":") + 1);
    const id = name.slice(0, name.indexOf("/"));
    const port = name.slice(name.indexOf("/") + 1);
    const known = picture.sightings.of(subject, "port.phone")?.known === true;
    return {
      title: `${id} port ${port}`,
      detail: [
        `${printMacAddress(mac)} is here`,
        evidence ?? "",
        `seen ${ageOf(now - at)} ago${known ? "" : ", by an agent that is silent now"}`,
        picture.site.name,
      ]
        .filter((part) => part !== "")
        .join(" · "),
      path: `/switches/${picture.site.id}/${encodeURIComponent(id)}?port=${encodeURIComponent(port)}`,
    };
  });
}

function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** What of a site has this text in its names. MACs match in any usual form, and lead to their switch port too. */
export function searchSite(
  picture: SitePicture,
  agents: readonly NocAgent[],
  text: string,
  now: number,
): SearchHit[] {
  const { site, phones, observations } = picture;
  const wanted = text.trim().toLowerCase();
  const digits = wanted.replaceAll(/[:\-. ]/g, "");
  const has = (...names: readonly (string | undefined)[]): boolean =>
    names.some((name) => name?.toLowerCase().includes(wanted) === true);
  const sites = has(site.name, site.id)
    ? [{ title: site.name, detail: "site", path: `/sites/${site.id}` }]
    : [];
  const found = phones.filter(
    (phone) => has(phone.label, phone.model, ...phone.lines) || phone.mac.includes(digits),
  );
  const switches = switchesOf(observations).filter((id) => has(id));
  const here = agents.filter((agent) => agent.site === site.id && has(agent.hostname, agent.id));
  return [
    ...sites,
    ...found.map((phone) => ({
      title: phone.label ?? printMacAddress(phone.mac),
      detail: [phone.lines.join(", "), phone.model, printMacAddress(phone.mac), site.name]
        .filter((part) => part !== "")
        .join(" · "),
      path: `/phones/${phone.mac}`,
    })),
    ...placesOf(picture, digits, now),
    ...switches.map((id) => ({
      title: id,
      detail: `switch · ${site.name}`,
      path: `/switches/${site.id}/${encodeURIComponent(id)}`,
    })),
    ...here.map((agent) => ({
      title: agent.hostname,
      detail: `agent · ${site.name}`,
      path: `/sites/${site.id}`,
    })),
  ];
}
