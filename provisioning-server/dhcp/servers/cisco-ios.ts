import { clashes, type DhcpPlan, type DhcpRule } from "../dhcp-plan.ts";
import { preamble, type DhcpServer } from "./snippet.ts";

/** Lines of an `ip dhcp pool`. IOS tells all phones of a pool the same. */
export const ciscoIos: DhcpServer = {
  name: "cisco-ios",
  about: "Cisco IOS and IOS XE: lines of an ip dhcp pool",
  write: (plan: DhcpPlan) => {
    const clashing = clashes(plan).flat();
    const common = plan.rules.filter((rule) => !clashing.includes(rule));
    return [
      ...preamble(plan).map((line) => `! ${line}`),
      ...(clashing.length === 0
        ? []
        : ["! A pool tells all its phones the same: these need VLANs, and pools, of their own."]),
      ...common.flatMap((rule) => [`! ${rule.phones}`, lineOf(rule)]),
      ...clashing.flatMap((rule) => [`! only for ${rule.phones}:`, `!${lineOf(rule)}`]),
    ].join("\n");
  },
};

function lineOf({ option, suboption, kind, value }: DhcpRule): string {
  if (kind === "address") return ` option ${option} ip ${value}`;
  if (suboption === undefined) return ` option ${option} ascii "${value}"`;
  const octets = Buffer.from(value);
  const hex = Buffer.concat([Buffer.from([suboption, octets.length]), octets]).toString("hex");
  return ` option ${option} hex ${hex.match(/.{1,4}/g)?.join(".")}`;
}
