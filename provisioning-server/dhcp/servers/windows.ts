import type { DhcpPlan, DhcpRule } from "../dhcp-plan.ts";
import { hexOfText, preamble, type DhcpServer } from "./snippet.ts";

/** PowerShell for the DHCP service of Windows Server: policies by vendor class or MAC. */
export const windows: DhcpServer = {
  name: "windows",
  about: "Windows Server: PowerShell of its DHCP service",
  write: (plan: DhcpPlan) =>
    [
      ...preamble(plan).map((line) => `# ${line}`),
      ...definitions(plan),
      ...plan.rules.flatMap(policyOf),
    ].join("\n"),
};

/** PowerShell's single quotes hold everything but themselves. */
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

function definitions({ rules }: DhcpPlan): string[] {
  const lines = rules
    .filter(({ option, suboption }) => suboption === undefined && option !== 66)
    .map(({ option, kind }) => {
      const type = kind === "address" ? "IPv4Address" : "String";
      return `Add-DhcpServerv4OptionDefinition -OptionId ${option} -Name 'Offhook ${option}' -Type ${type} -ErrorAction SilentlyContinue`;
    });
  return [...new Set(lines)];
}

function policyOf(rule: DhcpRule): string[] {
  const { id, phones, classes, macPrefixes, option, suboption, value } = rule;
  const name = quoted(`offhook-${id}`);
  const classNames = classes.map((_, at) => `Offhook ${id} ${at + 1}`);
  const made = classes.map(
    (text, at) =>
      `Add-DhcpServerv4Class -Name ${quoted(classNames[at] ?? "")} -Type Vendor -Data ${quoted(text)} -ErrorAction SilentlyContinue`,
  );
  const condition =
    classes.length > 0
      ? `-VendorClass EQ,${classNames.map((text) => quoted(`${text}*`)).join(",")}`
      : `-MacAddress EQ,${macPrefixes.map((prefix) => quoted(`${prefix.toUpperCase()}*`)).join(",")}`;
  return [
    "",
    `# ${phones}`,
    ...made,
    `Add-DhcpServerv4Policy -Name ${name} -Condition OR ${condition}`,
    suboption === undefined
      ? `Set-DhcpServerv4OptionValue -PolicyName ${name} -OptionId ${option} -Value ${quoted(value)}`
      : `Set-DhcpServerv4OptionValue -PolicyName ${name} -OptionId ${option} -Value ${octets(suboption, value)}`,
  ];
}

function octets(suboption: number, value: string): string {
  const head = [suboption, Buffer.byteLength(value)];
  const bytes = [...head, ...Buffer.from(hexOfText(value), "hex")];
  return bytes.map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(",");
}
