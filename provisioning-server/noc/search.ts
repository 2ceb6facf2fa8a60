import { printMacAddress } from "../../protocol/mac-address.ts";
import { type SitePicture, switchesOf } from "./overview.ts";
import type { SearchHit } from "./pages.ts";
import type { NocAgent } from "./sources.ts";

/** What of a site has this text in its names. MACs match in any usual form. */
export function searchSite(picture: SitePicture, agents: readonly NocAgent[], text: string): SearchHit[] {
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
