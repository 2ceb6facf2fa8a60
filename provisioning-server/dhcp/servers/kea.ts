import type { DhcpPlan, DhcpRule } from "../dhcp-plan.ts";
import { hexOfText, preamble, type DhcpServer } from "./snippet.ts";

/** Members of `Dhcp4` in kea-dhcp4.conf (JSON; Kea reads `//` comments). */
export const kea: DhcpServer = {
  name: "kea",
  about: "ISC Kea: members of Dhcp4 in kea-dhcp4.conf",
  write: (plan: DhcpPlan) => {
    const known = new Set([43, 66]);
    const own = Map.groupBy(
      plan.rules.filter(({ option, suboption }) => suboption === undefined && !known.has(option)),
      ({ option }) => option,
    );
    const definitions = [...own].map(([code, [first]]) => ({
      name: `offhook-${code}`,
      code,
      space: "dhcp4",
      type: first?.kind === "address" ? "ipv4-address" : "string",
    }));
    const members = {
      ...(definitions.length === 0 ? {} : { "option-def": definitions }),
      "client-classes": plan.rules.map(classOf),
    };
    const body = JSON.stringify(members, null, 2).split("\n").slice(1, -1).join("\n");
    return [...preamble(plan).map((line) => `// ${line}`), body].join("\n");
  },
};

function classOf(rule: DhcpRule) {
  return { name: rule.id, test: testOf(rule), "option-data": [dataOf(rule)] };
}

function testOf({ classes, macPrefixes }: DhcpRule): string {
  const tests =
    classes.length > 0
      ? classes.map(
          (text) => `substring(option[60].hex,0,${Buffer.byteLength(text)}) == 0x${hexOfText(text)}`,
        )
      : macPrefixes.map((prefix) => `substring(pkt4.mac,0,3) == 0x${prefix}`);
  return tests.map((test) => (tests.length > 1 ? `(${test})` : test)).join(" or ");
}

/** As octets: Kea takes commas within text apart. */
function dataOf({ option, suboption, kind, value }: DhcpRule) {
  if (kind === "address") return { name: `offhook-${option}`, data: value };
  const octets = Buffer.from(value);
  const inside =
    suboption === undefined ? octets : Buffer.concat([Buffer.from([suboption, octets.length]), octets]);
  const name = suboption === undefined && option !== 66 ? { name: `offhook-${option}` } : { code: option };
  return { ...name, "csv-format": false, data: inside.toString("hex").toUpperCase() };
}
