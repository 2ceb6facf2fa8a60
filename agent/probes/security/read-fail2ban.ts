import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  fail2banSeconds,
  fail2banValue,
  readFail2banConfig,
} from "../../../protocol/pbx-config/fail2ban-config.ts";
import { runTool } from "../../io/host/run-tool.ts";
import { exists, filesIn, readTextFile } from "../../io/host/text-file.ts";
import { craftedLines } from "./crafted-lines.ts";

export interface Fail2banFacts {
  readonly jail: "enabled" | "disabled" | "missing" | "no-fail2ban";
  readonly name?: string;
  readonly bantime?: number;
  readonly maxretry?: number;
  readonly findtime?: number;
  /** Log files of the jail that are not there. */
  readonly lost: readonly string[];
  /** Undefined: the filter could not be run; `why` says why. */
  readonly filter?: { readonly missed: readonly string[]; readonly counted: readonly string[] };
  readonly why?: string;
}

const jails = ["asterisk", "asterisk-security", "asterisk-iptables", "kamailio", "freeswitch", "sip"];

/** The jail that guards SIP, as fail2ban merges its files, and what its filter makes of lines whose meaning we know. */
export async function readFail2ban(folder: string, signal: AbortSignal): Promise<Fail2banFacts> {
  if (!(await exists(folder))) return { jail: "no-fail2ban", lost: [] };
  const inFolder = join(folder, "jail.d");
  // The order of fail2ban's jail.conf(5).
  const paths = [
    join(folder, "jail.conf"),
    ...(await filesIn(inFolder, ".conf")),
    join(folder, "jail.local"),
    ...(await filesIn(inFolder, ".local")),
  ];
  const files = await Promise.all(paths.map(readTextFile));
  const sections = readFail2banConfig(files.flatMap((file) => (file.ok ? [file.text] : [])));
  const isOn = (name: string) => /^(?:true|yes|on|1)$/i.test(fail2banValue(sections, name, "enabled") ?? "");
  const present = jails.filter((name) => sections.has(name));
  const name = present.find(isOn) ?? present[0];
  if (name === undefined) return { jail: "missing", lost: [] };
  const value = (key: string) => fail2banValue(sections, name, key);
  const maxretry = Number(value("maxretry") ?? Number.NaN);
  const bantime = fail2banSeconds(value("bantime"));
  const findtime = fail2banSeconds(value("findtime"));
  const filter = (value("filter") ?? name).split("[")[0]?.trim() ?? name;
  return {
    jail: isOn(name) ? "enabled" : "disabled",
    name,
    ...(bantime === undefined ? {} : { bantime }),
    ...(Number.isFinite(maxretry) ? { maxretry } : {}),
    ...(findtime === undefined ? {} : { findtime }),
    lost: await lostLogs(value("logpath")),
    ...(await tryFilter(folder, filter === "%(__name__)s" ? name : filter, signal)),
  };
}

/** Patterns are left alone: fail2ban resolves them at its start. */
async function lostLogs(logpath: string | undefined): Promise<string[]> {
  const paths = (logpath ?? "").split(/\s+/).filter((path) => path.startsWith("/") && !/[*?%]/.test(path));
  const there = await Promise.all(paths.map(exists));
  return paths.filter((_, at) => there[at] === false);
}

/** Runs fail2ban's own tester on crafted lines; each has an address of its own, so that what was counted can be told. */
async function tryFilter(
  folder: string,
  name: string,
  signal: AbortSignal,
): Promise<Pick<Fail2banFacts, "filter" | "why">> {
  const lines = craftedLines(name);
  if (lines.length === 0) return { why: `no lines are known for the filter ${name}` };
  const path = join(folder, "filter.d", `${name}.conf`);
  if (!(await exists(path))) return { why: `${path} is not there` };
  const work = await mkdtemp(join(tmpdir(), "offhook-filter-"));
  try {
    const log = join(work, "log");
    await writeFile(log, `${lines.map(({ line }) => line).join("\n")}\n`, { mode: 0o600 });
    const run = await runTool("fail2ban-regex", ["-o", "ip", log, path], { timeout: 20_000, signal });
    if (!run.ok)
      return {
        why: run.code === "ENOENT" ? "fail2ban-regex is not installed" : `fail2ban-regex: ${run.code}`,
      };
    const counted = new Set(run.out.split(/\s+/));
    const told = lines.map((each) => ({ ...each, isCounted: counted.has(each.address) }));
    return {
      filter: {
        missed: told.filter((each) => each.failure && !each.isCounted).map(({ about }) => about),
        counted: told.filter((each) => !each.failure && each.isCounted).map(({ about }) => about),
      },
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
