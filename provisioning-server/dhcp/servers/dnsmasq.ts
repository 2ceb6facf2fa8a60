import { printMacAddress } from "../../../protocol/mac-address.ts";
import type { DhcpPlan, DhcpRule } from "../dhcp-plan.ts";
import { preamble, type DhcpServer } from "./snippet.ts";

/** Lines for dnsmasq.conf. */
export const dnsmasq: DhcpServer = {
  name: "dnsmasq",
  about: "dnsmasq: a file in /etc/dnsmasq.d",
  write: (plan: DhcpPlan) =>
    [...preamble(plan).map((line) => `# ${line}`), ...plan.rules.flatMap(linesOf)].join("\n"),
};

/** Text stands in quotes where a comma would begin another value. */
function quoted({ kind, value }: DhcpRule): string {
  return kind === "address" ? value : `"${value.replaceAll('"', String.raw`\"`)}"`;
}

function linesOf(rule: DhcpRule): string[] {
  const { id, phones, classes, macPrefixes, option, suboption } = rule;
  const value = quoted(rule);
  const head = ["", `# ${phones}`];
  // `vendor:` writes into option 43, for clients whose option 60 holds the text.
  if (suboption !== undefined)
    return [...head, ...classes.map((text) => `dhcp-option=vendor:${text},${suboption},${value}`)];
  const marks =
    classes.length > 0
      ? classes.map((text) => `dhcp-vendorclass=set:${id},${text}`)
      : macPrefixes.map((prefix) => `dhcp-mac=set:${id},${printMacAddress(prefix)}:*:*:*`);
  return [...head, ...marks, `dhcp-option=tag:${id},${option},${value}`];
}
