/** What a line of sigrok-cli says, in base units. */
export interface PrintedLine {
  /** null where it prints `inf` or `nan`. */
  readonly value: number | null;
  readonly negative: boolean;
  /** Half of the last digit printed: older versions print few. */
  readonly tolerance: number;
  readonly unit: string;
  readonly coupling: "dc" | "ac" | "ac+dc" | "unknown";
  readonly flags: ReadonlySet<string>;
}

const powers: Readonly<Record<string, number>> = {
  p: -12,
  n: -9,
  µ: -6,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  T: 12,
};
const units: Readonly<Record<string, string>> = { Ω: "Ohm", "°C": "C", "°F": "F_deg" };
const names: Readonly<Record<string, string>> = {
  AUTO: "auto",
  HOLD: "hold",
  MAX: "max",
  MIN: "min",
  REL: "relative",
};

/** `P1: 53.00 V DC AUTO`; undefined when it is no such line. */
export function readPrintedLine(line: string): PrintedLine | undefined {
  // The ohm sign and the micro sign are compatibility characters: letters of Greek after this.
  const found = /^P1: (-?)([\d.]+|inf|nan) ?(?:([pnμumkMT]?)(V|A|Ω|Hz|F|%|°C|°F)(?= |$))?(.*)$/.exec(
    line.normalize("NFKC"),
  );
  if (found === null) return undefined;
  const [, sign = "", number = "", prefix = "", unit = "", rest = ""] = found;
  const power = prefix === "" ? 0 : (powers[prefix === "μ" ? "µ" : prefix] ?? Number.NaN);
  const decimals = number.split(".")[1]?.length ?? 0;
  const isNumber = /^\d/.test(number);
  const words = rest.split(" ");
  const [dc, ac] = [words.includes("DC"), words.includes("AC")];
  return {
    value: isNumber ? Number(`${sign}${number}e${power}`) : null,
    negative: sign === "-",
    tolerance: isNumber ? Number(`0.5e${power - decimals}`) : 0,
    unit: units[unit] ?? unit,
    coupling: dc && ac ? "ac+dc" : dc ? "dc" : ac ? "ac" : "unknown",
    flags: new Set(words.flatMap((word) => names[word] ?? [])),
  };
}
