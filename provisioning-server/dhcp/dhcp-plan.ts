import type { Family } from "../profiles/profiles.ts";
import type { VendorProfile } from "../profiles/vendor-profile.ts";

/** What one kind of phone is told by DHCP, and how a server knows it is that kind. */
export interface DhcpRule {
  /** The rule's name where a server wants one: lower case, `-`. */
  readonly id: string;
  /** For people: `Yealink`, `Htek, Sangoma`. */
  readonly phones: string;
  /** Beginnings of option 60; empty: these phones send none that we know. */
  readonly classes: readonly string[];
  /** First octets of their MACs, as `805ec0`; used where there are no classes. */
  readonly macPrefixes: readonly string[];
  readonly option: number;
  /** Inside option 43. */
  readonly suboption?: number;
  /** `address`: one IPv4 address; else text. */
  readonly kind: "text" | "address";
  readonly value: string;
  readonly unverified?: string;
}

export interface DhcpPlan {
  readonly rules: readonly DhcpRule[];
  /** Phones that go by no DHCP option that we know. */
  readonly without: readonly string[];
}

/** Where phones find the server. */
export interface ServerPlace {
  /** `https://phones.example.net:8443`, without a slash at the end. */
  readonly url: string;
  /** IPv4 address, for phones that can be told nothing else. */
  readonly address: string;
}

/** The rules for exactly these families; families that are told the same and known by the same share a rule. */
export function dhcpPlan(families: readonly Family[], place: ServerPlace): DhcpPlan {
  const rules: DhcpRule[] = [];
  const without = new Set<string>();
  for (const { id, vendor } of families) {
    if (vendor.dhcp === undefined) without.add(vendor.name);
    else addRule(rules, ruleOf(id, vendor, vendor.dhcp, place));
  }
  const told = new Set(rules.flatMap((rule) => rule.phones.split(", ")));
  return { rules, without: [...without].filter((name) => !told.has(name)) };
}

function ruleOf(
  id: string,
  { name, identify }: VendorProfile,
  { classes = [], option, suboption, value, unverified }: NonNullable<VendorProfile["dhcp"]>,
  place: ServerPlace,
): DhcpRule {
  return {
    id,
    phones: name,
    classes,
    macPrefixes: classes.length > 0 ? [] : identify.macPrefixes.map((prefix) => prefix.slice(0, 6)),
    option,
    ...(suboption === undefined ? {} : { suboption }),
    kind: value === "{address}" ? "address" : "text",
    value: fill(value, place),
    ...(unverified === undefined ? {} : { unverified }),
  };
}

function addRule(rules: DhcpRule[], rule: DhcpRule): void {
  const same = rules.findIndex(
    (each) =>
      each.option === rule.option &&
      each.suboption === rule.suboption &&
      each.value === rule.value &&
      each.classes.join() === rule.classes.join() &&
      (rule.classes.length > 0 || each.phones === rule.phones),
  );
  const found = rules[same];
  if (found === undefined) return void rules.push(rule);
  const phones = [...new Set([...found.phones.split(", "), rule.phones])].join(", ");
  const macPrefixes = [...new Set([...found.macPrefixes, ...rule.macPrefixes])];
  rules[same] = { ...found, phones, macPrefixes };
}

/** Only the server's own places are filled in: other signs (`{mac}`, `$MA`) are for the phone. */
function fill(value: string, { url, address }: ServerPlace): string {
  const { hostname, port } = new URL(url);
  return value
    .replaceAll("{url}", `${url}/`)
    .replaceAll("{host}", hostname)
    .replaceAll("{port}", port === "" ? "443" : port)
    .replaceAll("{address}", address);
}

/** Options of one number with different values, for servers that tell all phones of a network the same. */
export function clashes({ rules }: DhcpPlan): DhcpRule[][] {
  const byOption = Map.groupBy(rules, ({ option, suboption }) => `${option}.${suboption ?? ""}`);
  return [...byOption.values()].filter((group) => new Set(group.map(({ value }) => value)).size > 1);
}
