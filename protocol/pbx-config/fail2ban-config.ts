/** The sections of fail2ban's files; later files and lines win. Names in lower case. */
export type Fail2banSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

const mostLines = 50_000;

/** Reads jail.conf, jail.local and their like, in the order given: `[section]`, `key = value`, indented lines that go on. */
export function readFail2banConfig(texts: readonly string[]): Fail2banSections {
  const sections = new Map<string, Map<string, string>>();
  for (const text of texts) readInto(sections, text);
  return sections;
}

function readInto(sections: Map<string, Map<string, string>>, text: string): void {
  let section: Map<string, string> | undefined;
  let last = "";
  for (const line of text.split(/\r?\n/).slice(0, mostLines)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const header = /^\[([^\]]{1,200})\]/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.trim().toLowerCase();
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      last = "";
    } else if (/^\s/.test(line) && last !== "")
      section?.set(last, `${section.get(last) ?? ""}\n${line.trim()}`);
    else {
      const setting = /^([\w./-]{1,100})\s*[=:]\s*(.*)$/.exec(line);
      last = (setting?.[1] ?? "").toLowerCase();
      if (last !== "") section?.set(last, (setting?.[2] ?? "").replace(/\s[;#].*$/, "").trim());
    }
  }
}

/** A setting of a jail, else of DEFAULT, with `%(name)s` filled in. */
export function fail2banValue(sections: Fail2banSections, jail: string, name: string): string | undefined {
  return filled(sections, jail, name, 0);
}

function filled(sections: Fail2banSections, jail: string, name: string, depth: number): string | undefined {
  const value = sections.get(jail)?.get(name) ?? sections.get("default")?.get(name);
  if (value === undefined || depth > 5) return value;
  return value
    .slice(0, 4000)
    .replaceAll(/%\((?:known\/|default\/)?([\w./-]+)\)s/g, (whole, inner: string) =>
      inner === "__name__" ? jail : (filled(sections, jail, inner.toLowerCase(), depth + 1) ?? whole),
    );
}

const seconds: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  mi: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  mo: 2_592_000,
  y: 31_536_000,
};

/** `3600`, `1h`, `1h 30m`, `-1` (for ever) in seconds. */
export function fail2banSeconds(text: string | undefined): number | undefined {
  const value = (text ?? "").trim().toLowerCase();
  if (/^-?\d{1,10}$/.test(value)) return Number(value);
  const parts = [...value.matchAll(/(\d{1,10})\s*(mo|mi|[smhdwy])[a-z]*/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (seconds[unit ?? ""] ?? 0), 0);
}
