/** One `[section]` of an Asterisk file with its settings, those of its templates first. */
export interface AsteriskSection {
  readonly name: string;
  /** `(!)`: settings for others, nothing by itself. */
  readonly template: boolean;
  /** In their order; names in lower case, each may come again. */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

const mostSections = 20_000;
const mostSettings = 200_000;

/**
 * Reads the sections of pjsip.conf, sip.conf and their like, tolerantly: `key = value` or `key => value`, `;` comments, `;-- --;`
 * blocks, templates `[x](!)`, `[y](x)`, `[y](+)`. What is no setting is passed over, as are `#include` lines.
 */
export function readAsteriskConfig(text: string): AsteriskSection[] {
  const found: { name: string; template: boolean; settings: (readonly [string, string])[] }[] = [];
  const byName = new Map<string, (typeof found)[number]>();
  let left = mostSettings;
  for (const line of withoutComments(text)) {
    const header = /^\[([^\]]{1,200})\]\s*(?:\(([^)]*)\))?/.exec(line);
    if (header !== null && found.length < mostSections) {
      const name = (header[1] ?? "").trim();
      const words = (header[2] ?? "").split(",").map((word) => word.trim());
      const known = byName.get(name);
      if (words.includes("+") && known !== undefined) {
        found.push(...found.splice(found.indexOf(known), 1));
        continue;
      }
      const inherited = words.flatMap((word) => byName.get(word)?.settings ?? []).slice(0, left);
      left -= inherited.length;
      const section = { name, template: words.includes("!"), settings: [...inherited] };
      found.push(section);
      byName.set(name, section);
      continue;
    }
    const setting = /^([A-Za-z0-9_.-]{1,100})\s*=>?\s*(.*)$/.exec(line);
    if (setting === null || left <= 0) continue;
    left -= 1;
    found.at(-1)?.settings.push([(setting[1] ?? "").toLowerCase(), (setting[2] ?? "").trim()]);
  }
  return found;
}

function withoutComments(text: string): string[] {
  const lines: string[] = [];
  let inBlock = false;
  for (const raw of text.split(/\r?\n/)) {
    let line = raw;
    if (inBlock) {
      const end = line.indexOf("--;");
      if (end === -1) continue;
      inBlock = false;
      line = line.slice(end + 3);
    }
    const block = /^\s*;--(?!-)/.exec(line);
    if (block !== null && !line.slice(block[0].length).includes("--;")) inBlock = true;
    // A `\;` is a semicolon of the value.
    lines.push(line.replace(/(^|[^\\]);.*$/, "$1").trim());
  }
  return lines;
}

/** The last value of a setting, as Asterisk takes it; any of several names. */
export function asteriskValue(section: AsteriskSection, ...names: readonly string[]): string | undefined {
  return section.settings.findLast(([name]) => names.includes(name))?.[1];
}

/** `yes`, `true`, `y`, `t`, `1`, `on` (Asterisk's ast_true). */
export function asteriskTrue(value: string | undefined): boolean {
  return /^(?:yes|true|y|t|1|on)$/i.test(value ?? "");
}

/** The codecs that a section's `allow` and `disallow` lines leave, in their order: `!all,g722,ulaw` and `disallow=all` alike. */
export function allowedCodecs(section: AsteriskSection): string[] {
  let codecs: string[] = [];
  for (const [name, value] of section.settings) {
    if (name !== "allow" && name !== "disallow") continue;
    for (const word of value.toLowerCase().split(/[,&]/)) {
      const codec = word.trim();
      const off = name === "disallow" || codec.startsWith("!");
      const bare = codec.replace(/^!/, "");
      if (off && bare === "all") codecs = [];
      else if (off) codecs = codecs.filter((each) => each !== bare);
      else if (bare !== "" && !codecs.includes(bare)) codecs.push(bare);
    }
  }
  return codecs;
}
