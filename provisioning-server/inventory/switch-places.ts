import type { MacAddress } from "../../protocol/mac-address.ts";
import { CurrentObservations } from "../store/observations.ts";
import type { StoreHandle } from "../store/open-store.ts";

/** Where an agent saw a MAC. */
export interface SwitchPlace {
  /** Switch id and the port's name as printed: `sw1/7`. */
  readonly port: string;
  /** ms since 1970. */
  readonly at: number;
  readonly site: string;
  /** As the phone names itself to the switch. */
  readonly model?: string;
}

/** Every port of the sites where an agent's newest word is that a phone is there, by MAC; a MAC on two ports has two. */
export async function switchPlaces(
  store: StoreHandle,
  tenant: string,
  sites: readonly string[],
): Promise<Map<MacAddress, SwitchPlace[]>> {
  const places = new Map<MacAddress, SwitchPlace[]>();
  for (const site of sites) {
    const seen = await new CurrentObservations(store).observationsOf({ tenant, site });
    const facts = seen.filter(({ agent }) => agent !== undefined).map(({ observation }) => observation);
    const models = new Map(
      facts.flatMap((fact) =>
        fact.key === "port.phone.model" && typeof fact.value === "string" ? [[fact.subject, fact.value]] : [],
      ),
    );
    for (const { key, value, subject, at, outcome } of facts) {
      if (key !== "port.phone" || outcome !== "ok" || typeof value !== "string") continue;
      const model = models.get(subject);
      const port = subject.slice(subject.indexOf(":") + 1);
      const place = { port, at, site, ...(model === undefined ? {} : { model }) };
      places.set(value, [...(places.get(value) ?? []), place]);
    }
  }
  return places;
}
