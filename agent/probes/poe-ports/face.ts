import { printMacAddress } from "../../../protocol/mac-address.ts";
import type { Observation, ObservedValue } from "../../../protocol/observation.ts";

// A table like the switch's face: one line per port, as printed on it, then the sums.

type Facts = ReadonlyMap<string, Observation>;

function print(value: ObservedValue | undefined): string {
  return value === undefined || value === null ? "" : String(value);
}

function watts(facts: Facts): string {
  const watts = facts.get("poe.watts");
  if (watts === undefined) return "";
  return typeof watts.value === "number" ? watts.value.toFixed(1) : "?";
}

function link(facts: Facts): string {
  if (facts.get("link.admin")?.value === false) return "off";
  const up = facts.get("link.up")?.value;
  if (up === undefined) return "";
  if (up === false) return "down";
  const duplex = facts.get("link.duplex")?.value;
  const half = duplex === "half" ? " half" : "";
  return `${print(facts.get("link.speed")?.value)}${half}` || "up";
}

function attached(facts: Facts): string {
  const mac = facts.get("port.phone")?.value;
  const isPhone = typeof mac === "string" || facts.has("port.phone.by");
  if (!isPhone) return print(facts.get("port.neighbour")?.value);
  const words = [
    typeof mac === "string" ? printMacAddress(mac) : "",
    print(facts.get("port.phone.model")?.value),
    print(facts.get("port.phone.firmware")?.value),
  ];
  return words.filter((word) => word !== "").join(" ");
}

function row(name: string, facts: Facts): string[] {
  return [
    name,
    print(facts.get("poe.state")?.value),
    print(facts.get("poe.class")?.value),
    watts(facts),
    link(facts),
    attached(facts),
  ];
}

function columnsOf(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => (cells[i] ?? "").length)));
  return rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(i === cells.length - 1 ? 0 : (widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function factsBySubject(observations: readonly Observation[]): Map<string, Facts> {
  const grouped = Map.groupBy(observations, (each) => each.subject);
  return new Map(
    [...grouped].map(([subject, all]) => [subject, new Map(all.map((each) => [each.key, each]))]),
  );
}

function sumLine(ports: readonly Facts[], facts: Facts | undefined): string {
  const sum = (key: string) =>
    ports.reduce((total, port) => {
      const value = port.get(key)?.value;
      return total + (typeof value === "number" ? value : 0);
    }, 0);
  const delivering = ports.filter((port) => port.get("poe.state")?.value === "delivering").length;
  const words = [
    `${ports.length} ports, ${delivering} deliver power`,
    `${sum("poe.watts").toFixed(1)} W drawn`,
  ];
  const budget = facts?.get("poe.budget")?.value;
  const free = facts?.get("poe.budget.free")?.value;
  if (typeof budget === "number") words.push(`budget ${budget} W`);
  if (typeof free === "number") words.push(`${free} W free`);
  return words.join(", ");
}

/** Lines for a terminal; ports in the order of their numbers. */
export function showFace(observations: readonly Observation[]): string[] {
  const subjects = factsBySubject(observations);
  const own = [...subjects].find(([subject]) => subject.startsWith("switch:"));
  const ports = [...subjects]
    .filter(([subject]) => subject.startsWith("port:"))
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  const [subject = "", facts] = own ?? [];
  const snmp = facts?.get("switch.snmp");
  const title = [subject.replace("switch:", ""), print(facts?.get("switch.name")?.value)];
  const lines = [title.filter((word, i) => word !== "" && title.indexOf(word) === i).join("  ")];
  const about = facts?.get("switch.about")?.value;
  if (typeof about === "string") lines.push(about.slice(0, 100));
  const plate = ["switch.model", "switch.serial", "switch.firmware"].map((key) =>
    print(facts?.get(key)?.value),
  );
  const [model = "", serial = "", firmware = ""] = plate;
  const nameplate = [model, serial && `serial ${serial}`, firmware].filter((word) => word !== "");
  if (nameplate.length > 0) lines.push(nameplate.join(", "));
  const units = facts?.get("switch.units")?.value;
  if (Array.isArray(units) && units.length > 1) lines.push(...units.map((unit) => `  ${unit}`));
  if (snmp !== undefined && snmp.outcome !== "ok")
    lines.push(`${snmp.outcome}: ${snmp.evidence ?? "no answer"}`);
  if (ports.length === 0) return lines;
  const rows = ports.map(([port, each]) => row(port.slice(port.indexOf("/") + 1), each));
  const table = columnsOf([["PORT", "POE", "CLASS", "WATTS", "LINK", "PHONE OR NEIGHBOUR"], ...rows]);
  const seen = ports.map(([, each]) => each);
  return [...lines, "", ...table, "", sumLine(seen, facts)];
}
