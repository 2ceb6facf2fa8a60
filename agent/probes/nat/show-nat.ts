import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

const mappings: Readonly<Record<string, string>> = {
  none: "There is no NAT on the way.",
  "endpoint-independent":
    "It keeps one public port for each port inside, whoever is spoken to: good for voice.",
  "address-dependent": "It takes another public port for each address that is spoken to.",
  "address-and-port-dependent":
    "It takes another public port for each address and port that is spoken to (symmetric): the address that STUN tells is of no use to others.",
};
const filters: Readonly<Record<string, string>> = {
  "endpoint-independent": "Anybody's packets come in once a port is open.",
  "address-dependent": "Packets come in from addresses that were spoken to.",
  "address-and-port-dependent":
    "Packets come in only from address and port that were spoken to, as with most routers: no fault.",
};

/** The NAT in sentences. */
export function showNat(observations: readonly Observation[]): string[] {
  const get = (key: ObservationKey): Observation | undefined => observations.find((each) => each.key === key);
  const failed = observations.find((each) => each.outcome === "timeout" || each.outcome === "unreachable");
  if (failed !== undefined)
    return [
      `No answer: ${failed.evidence ?? failed.outcome}`,
      ...routerLines(get("nat.router"), get("nat.double")),
    ];
  const mapped = get("stun.mapped");
  const addresses = get("nat.addresses")?.value;
  return [
    `We are seen as ${String(mapped?.value)}; ${mapped?.evidence ?? ""}.`,
    ...sentence(get("nat.mapping"), mappings, "How it maps cannot be told"),
    ...(get("nat.behind")?.value === false
      ? []
      : sentence(get("nat.filter"), filters, "How it filters cannot be told")),
    ...told(
      get("nat.hairpin"),
      "Two phones inside reach each other by the public address.",
      "Two phones inside do not reach each other by the public address (no hairpin).",
    ),
    ...(Array.isArray(addresses) && addresses.length > 1
      ? [`We leave by several lines: ${addresses.join(", ")}.`]
      : []),
    ...routerLines(get("nat.router"), get("nat.double")),
  ];
}

function routerLines(router: Observation | undefined, double: Observation | undefined): string[] {
  const outer = String(router?.value);
  const asked =
    router?.outcome === "ok"
      ? `The router's outer address: ${outer}, ${router.evidence ?? ""}.`
      : `The router's outer address cannot be told: ${router?.evidence ?? ""}.`;
  return [
    ...(router === undefined ? [] : [asked]),
    ...told(
      double,
      `There are two NATs in a row: ${double?.evidence ?? ""}.`,
      "There is one NAT, the router's.",
    ),
  ];
}

function sentence(
  seen: Observation | undefined,
  words: Readonly<Record<string, string>>,
  otherwise: string,
): string[] {
  if (seen === undefined) return [];
  return [words[String(seen.value)] ?? `${otherwise}: ${seen.evidence ?? "no answer"}.`];
}

function told(seen: Observation | undefined, yes: string, no: string): string[] {
  if (seen === undefined) return [];
  return [seen.value === true ? yes : no];
}
