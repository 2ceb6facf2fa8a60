/** What kamailio.cfg says about the door and the modules; the routing script is not followed. */
export interface KamailioConfig {
  /** As `udp 0.0.0.0:5060`. */
  readonly listen: readonly string[];
  /** Names without path and `.so`. */
  readonly modules: readonly string[];
  readonly tls: boolean;
}

const most = 10_000;

/** Reads kamailio.cfg tolerantly: `listen=`, `loadmodule`, `enable_tls`; `#`, `//` and block comments; `#!ifdef` goes by the `#!define` of this file. */
export function readKamailioConfig(text: string): KamailioConfig {
  const listen: string[] = [];
  const modules: string[] = [];
  let tls = false;
  for (const line of withoutComments(chosen(text.split(/\r?\n/)))) {
    if (listen.length + modules.length >= most) break;
    const place = /^listen\s*=\s*(.+)$/.exec(line);
    if (place !== null) listen.push(listenText(place[1] ?? ""));
    const module = /^loadmodule\s*\(?\s*"([^"]{1,300})"/.exec(line)?.[1];
    if (module !== undefined) modules.push((module.split("/").at(-1) ?? "").replace(/\.so$/, ""));
    const enabled = /^(?:enable_tls|tls_enable)\s*=\s*(\w+)/.exec(line)?.[1];
    if (enabled !== undefined) tls = /^(?:yes|true|on|1)$/i.test(enabled);
  }
  return { listen, modules, tls };
}

/** `udp:0.0.0.0:5060 advertise …` as `udp 0.0.0.0:5060`. */
function listenText(value: string): string {
  const place = (value.trim().split(/\s+/)[0] ?? "").replaceAll('"', "").replace(/;$/, "");
  const named = /^(udp|tcp|tls|sctp|ws|wss):(.+)$/i.exec(place);
  return named === null ? `udp ${place}` : `${(named[1] ?? "").toLowerCase()} ${named[2] ?? ""}`;
}

/** The lines that the preprocessor leaves. */
function chosen(lines: readonly string[]): string[] {
  const defined = new Set<string>();
  /** For each open `#!ifdef`, whether its lines count. */
  const open: boolean[] = [];
  return lines.filter((line) => {
    const word = /^\s*(?:#!|!!)(define|trydef|ifdef|ifndef|else|endif)\b\s*(\w*)/.exec(line);
    const name = word?.[2] ?? "";
    switch (word?.[1] ?? "") {
      case "define":
      case "trydef":
        if (!open.includes(false)) defined.add(name);
        return false;
      case "ifdef":
        open.push(defined.has(name));
        return false;
      case "ifndef":
        open.push(!defined.has(name));
        return false;
      case "else":
        open.push(!(open.pop() ?? false));
        return false;
      case "endif":
        open.pop();
        return false;
      default:
        return !open.includes(false);
    }
  });
}

function withoutComments(all: readonly string[]): string[] {
  const lines: string[] = [];
  let inBlock = false;
  for (const raw of all) {
    let line = raw;
    if (inBlock) {
      const end = line.indexOf("*/");
      if (end === -1) continue;
      inBlock = false;
      line = line.slice(end + 2);
    }
    const start = line.indexOf("/*");
    if (start !== -1) {
      inBlock = !line.slice(start).includes("*/");
      line = line.slice(0, start);
    }
    lines.push(line.replace(/^\s*#.*$|\s#.*$|(?<!:)\/\/.*$/, "").trim());
  }
  return lines;
}
