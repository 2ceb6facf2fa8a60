import type { Condition } from "../condition.ts";
import { ended, is, when } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows V3, V4, V8 and V9 of the matrix: what a phone meets that asks for an address.

const some: (key: "dhcp.differs" | "dhcp.foreign") => Condition = (key) =>
  when(key, (value) => Array.isArray(value) && value.length > 0);
const listed = (
  facts: Facts,
  key: "dhcp.config" | "dhcp.differs" | "dhcp.foreign",
  between = ", ",
): string => {
  const value = facts.get(key)?.value;
  return Array.isArray(value) ? value.join(between) : "";
};

export const dhcpRules: readonly Rule[] = [
  {
    id: "V3",
    cause: "dhcp-silent",
    layer: "network",
    severity: "major",
    on: "network",
    needs: [ended("dhcp.servers", "timeout")],
    base: 0.85,
    sentence: (facts) =>
      `Nobody offers an address in ${facts.name()}: ${facts.get("dhcp.servers")?.evidence ?? "no DHCP offer"}.`,
    remedy: () =>
      "Add a DHCP server to this VLAN, or a relay (helper address) on its router; see that the server has free addresses for it, and that the switch trusts the port behind which the server is (DHCP snooping).",
  },
  {
    id: "V4",
    cause: "dhcp-config-wrong",
    layer: "network",
    severity: "major",
    on: "network",
    needs: [is("dhcp.leads", false)],
    base: 0.9,
    sentence: (facts) => {
      const told = listed(facts, "dhcp.config");
      const what = told === "" ? "tells phones no config server" : `tells phones ${told}`;
      return `DHCP in ${facts.name()} ${what}, expected ${facts.print("dhcp.expected")}.`;
    },
    remedy: () =>
      "Correct the option on the DHCP server: `offhook dhcp` prints what it must tell each maker's phones. A server that goes by the vendor class tells it only to a phone that sends it (`--vendor-class`).",
  },
  {
    id: "V9",
    cause: "dhcp-foreign-server",
    layer: "network",
    severity: "major",
    on: "network",
    needs: [some("dhcp.foreign")],
    base: 0.9,
    sentence: (facts) =>
      `A DHCP server that does not belong there answers in ${facts.name()}: ${listed(facts, "dhcp.foreign")}.`,
    remedy: () =>
      "Find it by its MAC in the switch's address table and unplug it (often a router with its LAN side in the wall); switch DHCP snooping on.",
  },
  {
    id: "V8",
    cause: "dhcp-servers-differ",
    layer: "network",
    severity: "minor",
    on: "network",
    needs: [some("dhcp.differs")],
    // V9 says whose the other one is.
    contradicts: [{ weight: 0.6, if: some("dhcp.foreign") }],
    base: 0.8,
    sentence: (facts) =>
      `Several DHCP servers answer in ${facts.name()} and tell different things: ${listed(facts, "dhcp.differs", "; ")}. Which a phone takes is luck.`,
    remedy: () =>
      "Give both servers the same options, or switch the one that should not be there off; name the right ones with `--expect-servers`.",
  },
];
