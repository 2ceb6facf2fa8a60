import { printMacAddress } from "../../../protocol/mac-address.ts";
import type { DhcpPlan, DhcpRule } from "../dhcp-plan.ts";
import { preamble, type DhcpServer } from "./snippet.ts";

/** Classes for ISC dhcpd.conf. */
export const isc: DhcpServer = {
  name: "isc",
  about: "ISC DHCP: lines of dhcpd.conf",
  write: (plan: DhcpPlan) =>
    [...preamble(plan).map((line) => `# ${line}`), ...definitions(plan), ...plan.rules.flatMap(classOf)].join(
      "\n",
    ),
};

const nameOf = (rule: DhcpRule): string =>
  rule.option === 66 && rule.suboption === undefined ? "tftp-server-name" : `offhook-${rule.option}`;

function definitions({ rules }: DhcpPlan): string[] {
  const lines = rules
    .filter((rule) => nameOf(rule) !== "tftp-server-name")
    .map((rule) =>
      rule.suboption === undefined
        ? `option ${nameOf(rule)} code ${rule.option} = ${rule.kind === "address" ? "ip-address" : "text"};`
        : `option space offhook-${rule.id};\noption offhook-${rule.id}.url code ${rule.suboption} = text;`,
    );
  return [...new Set(lines)];
}

function classOf(rule: DhcpRule): string[] {
  const { id, phones, classes, macPrefixes, suboption, kind, value } = rule;
  const tests =
    classes.length > 0
      ? classes.map(
          (text) => `substring(option vendor-class-identifier, 0, ${Buffer.byteLength(text)}) = "${text}"`,
        )
      : macPrefixes.map((prefix) => `substring(hardware, 1, 3) = ${printMacAddress(prefix)}`);
  const written = kind === "address" ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  const option =
    suboption === undefined
      ? [`  option ${nameOf(rule)} ${written};`]
      : [`  vendor-option-space offhook-${id};`, `  option offhook-${id}.url ${written};`];
  return ["", `# ${phones}`, `class "${id}" {`, `  match if ${tests.join("\n    or ")};`, ...option, "}"];
}
