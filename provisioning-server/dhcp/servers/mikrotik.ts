import { clashes, type DhcpPlan, type DhcpRule } from "../dhcp-plan.ts";
import { preamble, type DhcpServer } from "./snippet.ts";

/** Commands for RouterOS 7: options, sets of them, and matchers of option 60. */
export const mikrotik: DhcpServer = {
  name: "mikrotik",
  about: "MikroTik RouterOS 7: commands for the terminal",
  write: (plan: DhcpPlan) => {
    const clashing = clashes(plan).flat();
    return [
      ...preamble(plan).map((line) => `# ${line}`),
      ...plan.rules.flatMap((rule) => commandsOf(rule, clashing.includes(rule))),
    ].join("\n");
  },
};

/** RouterOS writes texts as 's'…; `$` begins a variable in its language. */
function valueOf({ suboption, kind, value }: DhcpRule): string {
  const text = (part: string) => `'${part.replaceAll("$", String.raw`\$`)}'`;
  if (kind === "address") return text(value);
  if (suboption === undefined) return `s${text(value)}`;
  const head = Buffer.from([suboption, Buffer.byteLength(value)]).toString("hex");
  return `0x${head}${Buffer.from(value).toString("hex")}`;
}

function commandsOf(rule: DhcpRule, isClashing: boolean): string[] {
  const { id, phones, classes, option } = rule;
  const name = `offhook-${id}`;
  const own = [
    "",
    `# ${phones}`,
    `/ip dhcp-server option add name=${name} code=${option} value="${valueOf(rule)}"`,
    `/ip dhcp-server option sets add name=${name} options=${name}`,
  ];
  const matchers = classes.map(
    (text, at) =>
      `/ip dhcp-server matcher add name=${name}-${at + 1} server=all code=60 matching-type=substring value="${text}" option-set=${name}`,
  );
  if (matchers.length > 0) return [...own, ...matchers];
  if (isClashing)
    return [
      ...own,
      `# These phones send no option 60: give their leases or their network dhcp-option-set=${name}`,
    ];
  return [...own, `/ip dhcp-server network set [find] dhcp-option=([get [find] dhcp-option], "${name}")`];
}
