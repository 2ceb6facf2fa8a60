import { printMacAddress } from "../../../protocol/mac-address.ts";
import { ask, type Booted, type BootLog, type FakePhone, newBootLog, type SipAccount } from "./fake-phone.ts";

// What a Yealink of firmware 81 and later does at boot, after its auto-provisioning guide.

/** The code of a model in the name of its common file. */
const fileCodes: Readonly<Record<string, number>> = {
  T31: 123,
  T31P: 123,
  T31G: 123,
  T33G: 124,
  T33P: 124,
  T42U: 116,
  T43U: 107,
  T46U: 108,
  T48U: 109,
  T53: 95,
  T53W: 95,
  T54W: 96,
  T57W: 97,
};

const mostMoves = 3;
const serverKey = "static.auto_provision.server.url";

/** Boots until no file sends it to another server. */
export async function bootYealink(phone: FakePhone, signal: AbortSignal): Promise<Booted> {
  const log = newBootLog();
  let server = phone.server;
  for (let moves = 0; ; moves += 1) {
    if (!(await bootFrom(phone, server, log, signal))) break;
    const next = log.config.get(serverKey);
    if (next === undefined || next === server) break;
    if (moves === mostMoves) {
      log.problems.push("sent from server to server without end");
      break;
    }
    server = next;
  }
  return { ...log, accounts: readAccounts(log.config) };
}

/** A boot file, if there is one, names all others; else the common file and then its own. False: the server is not there. */
async function bootFrom(
  phone: FakePhone,
  server: string,
  log: BootLog,
  signal: AbortSignal,
): Promise<boolean> {
  const folder = server.endsWith("/") ? server : `${server}/`;
  for (const name of [`${phone.mac}.boot`, "y000000000000.boot"]) {
    const boot = await fetchText(phone, `${folder}${name}`, log, signal);
    if (boot === false) return false;
    if (boot === undefined) continue;
    for (const url of includedUrls(boot, folder)) await fetchConfig(phone, url, log, signal);
    return true;
  }
  const code = fileCodes[phone.model];
  if (code === undefined) throw new Error(`no file code for ${phone.model}`);
  const common = `y${String(code).padStart(12, "0")}.cfg`;
  for (const name of [common, `${phone.mac}.cfg`])
    if (!(await fetchConfig(phone, `${folder}${name}`, log, signal))) return false;
  return true;
}

/** The file, nothing where there is none, false where nobody answers. */
async function fetchText(
  phone: FakePhone,
  url: string,
  log: BootLog,
  signal: AbortSignal,
): Promise<string | undefined | false> {
  // Over TFTP nobody is told the agent; over HTTP the MAC is part of it.
  const userAgent = `Yealink SIP-${phone.model} ${phone.firmware} ${printMacAddress(phone.mac)}`;
  const checkCertificate = log.config.get("static.security.trust_certificates") !== "0";
  const { status, body } = await ask(phone, url, { userAgent, checkCertificate }, log, signal);
  if (status === 404) return undefined;
  return status === 200 && body !== undefined ? Buffer.from(body).toString("utf8") : false;
}

async function fetchConfig(
  phone: FakePhone,
  url: string,
  log: BootLog,
  signal: AbortSignal,
): Promise<boolean> {
  const text = await fetchText(phone, url, log, signal);
  if (text === false) return false;
  const name = url.split("/").at(-1) ?? "";
  if (text !== undefined)
    log.problems.push(...applyConfig(text, log.config).map((problem) => `${name} ${problem}`));
  return true;
}

/** `include:config "sip.cfg"` or `<sip.cfg>`, relative to the boot file or absolute. */
function includedUrls(boot: string, folder: string): string[] {
  return [...boot.matchAll(/^include:config\s+(?:"([^"]*)"|<([^>]*)>)\s*$/gm)].map(([, quoted, angled]) =>
    new URL(quoted ?? angled ?? "", folder).toString(),
  );
}

/**
 * Writes a file's parameters into `config`; later wins, `%NULL%` clears, an empty right side changes nothing.
 * Returns what a phone would ignore in silence: all of it without the exact first line, and each line it cannot read.
 */
export function applyConfig(text: string, config: Map<string, string>): string[] {
  const lines = text.split(/\r?\n/);
  if (lines[0] !== "#!version:1.0.0.1")
    return ["line 1: expected #!version:1.0.0.1; the phone ignores the file"];
  const problems: string[] = [];
  for (const [at, line] of lines.entries()) {
    if (line.startsWith("#") || line.trim() === "") continue;
    const match = /^([A-Za-z0-9_.-]+)\s*=\s*(.*?)\s*$/.exec(line);
    const value = readValue(match?.[2] ?? "");
    if (match?.[1] === undefined || value === undefined) problems.push(`line ${at + 1}: not a parameter`);
    else if (value === "%NULL%") config.delete(match[1]);
    else if (value !== "") config.set(match[1], value);
  }
  return problems;
}

/** A value with `#` stands in quotes; inside them `"` is `\"`. */
function readValue(text: string): string | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replaceAll(/\\(.)/g, "$1");
  return text.includes("#") ? undefined : text;
}

const transports = { "0": "udp", "1": "tcp", "2": "tls" } as const;

function readAccounts(config: ReadonlyMap<string, string>): SipAccount[] {
  const accounts: SipAccount[] = [];
  for (let index = 1; index <= 16; index += 1) {
    const get = (name: string): string => config.get(`account.${index}.${name}`) ?? "";
    if (get("enable") !== "1") continue;
    const transport = get("sip_server.1.transport_type");
    accounts.push({
      index,
      user: get("user_name"),
      authUser: get("auth_name") || get("user_name"),
      password: get("password"),
      server: get("sip_server.1.address"),
      port: Number(get("sip_server.1.port") || 5060),
      transport: transport === "1" || transport === "2" ? transports[transport] : "udp",
    });
  }
  return accounts;
}
