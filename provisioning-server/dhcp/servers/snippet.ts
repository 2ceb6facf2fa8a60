import type { DhcpPlan } from "../dhcp-plan.ts";

/** One DHCP server's way of writing a plan. */
export interface DhcpServer {
  /** Its word on the command line. */
  readonly name: string;
  /** For people. */
  readonly about: string;
  write(plan: DhcpPlan): string;
}

/** What goes above everything, as lines without comment signs. */
export function preamble({ rules, without }: DhcpPlan): string[] {
  const unsure = rules.filter((rule) => rule.unverified !== undefined);
  return [
    "Where phones fetch their configuration.",
    ...unsure.map(({ phones, unverified }) => `${phones}: no source confirms ${unverified}.`),
    ...(without.length === 0 ? [] : [`Not by DHCP, as far as we know: ${without.join(", ")}.`]),
  ];
}

export const hexOfText = (text: string): string => Buffer.from(text).toString("hex");
