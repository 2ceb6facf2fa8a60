import { join } from "node:path";
import {
  allowedCodecs,
  asteriskTrue,
  asteriskValue,
  readAsteriskConfig,
  type AsteriskSection,
} from "../../../protocol/pbx-config/asterisk-config.ts";
import { readKamailioConfig } from "../../../protocol/pbx-config/kamailio-config.ts";
import { exists, filesIn, readTextFile, type TextFile } from "../../io/host/text-file.ts";
import { weakPassword } from "./weak-password.ts";

/** What the files of a SIP server say; empty where there are none. */
export interface PbxFacts {
  readonly files: readonly TextFile[];
  readonly bind: string[];
  readonly guest: string[];
  readonly codecs: { readonly endpoint: string; readonly codecs: readonly string[] }[];
  readonly external: string[];
  readonly externalMissing: string[];
  readonly srtpWith: string[];
  readonly srtpWithout: string[];
  readonly weak: string[];
  readonly unusedModules: string[];
  readonly stateful: string[];
  rtp?: { readonly from: number; readonly to: number };
}

/** Channel drivers and others that a SIP server seldom needs, by Asterisk's names. */
const seldomNeeded = [
  "chan_iax2",
  "chan_mgcp",
  "chan_skinny",
  "chan_unistim",
  "chan_phone",
  "chan_oss",
  "chan_alsa",
  "chan_console",
  "pbx_dundi",
  "res_phoneprov",
  "res_pktccops",
  "res_snmp",
];
/** Modules of Kamailio that keep state for each transaction or call. */
const stateModules = ["tm", "dialog", "dmq", "topos", "sca"];

/** Reads Asterisk's and Kamailio's folders. */
export async function readPbx(folders: {
  readonly asterisk: string;
  readonly kamailio: string;
}): Promise<PbxFacts> {
  const paths = [...(await filesIn(folders.asterisk, ".conf")), ...(await filesIn(folders.kamailio, ".cfg"))];
  const files = await Promise.all(paths.map(readTextFile));
  const facts: PbxFacts = {
    files,
    bind: [],
    guest: [],
    codecs: [],
    external: [],
    externalMissing: [],
    srtpWith: [],
    srtpWithout: [],
    weak: [],
    unusedModules: [],
    stateful: [],
  };
  const textOf = (path: string) => files.find((file) => file.ok && file.path === path);
  const sections = (name: string) => {
    const file = textOf(join(folders.asterisk, name));
    return file?.ok === true ? readAsteriskConfig(file.text) : [];
  };
  readPjsip([...sections("pjsip.conf"), ...sections("pjsip_wizard.conf")], facts);
  readChanSip(sections("sip.conf"), facts);
  readRtp(sections("rtp.conf"), facts);
  facts.unusedModules.push(...loadedOf(sections("modules.conf"), await modulesThere()));
  const kamailio = textOf(join(folders.kamailio, "kamailio.cfg"));
  if (kamailio?.ok === true) readKamailio(kamailio.text, facts);
  return facts;
}

function readPjsip(sections: readonly AsteriskSection[], facts: PbxFacts): void {
  for (const section of sections.filter(({ template }) => !template)) {
    const type = asteriskValue(section, "type");
    if (type === "transport") readTransport(section, facts);
    if (type === "endpoint") readEndpoint(section, facts);
    if (type === "auth") {
      const user = asteriskValue(section, "username") ?? section.name;
      if (weakPassword(asteriskValue(section, "password"), [user, section.name])) facts.weak.push(user);
    }
  }
}

function readTransport(section: AsteriskSection, facts: PbxFacts): void {
  const protocol = asteriskValue(section, "protocol") ?? "udp";
  facts.bind.push(`${protocol} ${asteriskValue(section, "bind") ?? "0.0.0.0"}`);
  readExternal(
    section,
    asteriskValue(section, "external_media_address", "external_signaling_address"),
    asteriskValue(section, "local_net"),
    facts,
  );
}

function readExternal(
  { name }: AsteriskSection,
  address: string | undefined,
  localNet: string | undefined,
  facts: PbxFacts,
): void {
  if (address !== undefined) facts.external.push(`${name}: ${address}`);
  else if (localNet !== undefined) facts.externalMissing.push(name);
}

function readEndpoint(section: AsteriskSection, facts: PbxFacts): void {
  facts.codecs.push({ endpoint: section.name, codecs: allowedCodecs(section) });
  const encryption = asteriskValue(section, "media_encryption") ?? "no";
  (/^(?:sdes|dtls)$/i.test(encryption) ? facts.srtpWith : facts.srtpWithout).push(section.name);
  // An endpoint named anonymous takes calls of anybody (res_pjsip_endpoint_identifier_anonymous).
  if (section.name === "anonymous" && asteriskValue(section, "auth") === undefined)
    facts.guest.push("pjsip.conf [anonymous]");
}

function readChanSip(sections: readonly AsteriskSection[], facts: PbxFacts): void {
  const general = sections.find(({ name }) => name === "general");
  if (general === undefined) return;
  const port = asteriskValue(general, "bindport") ?? "5060";
  const address = asteriskValue(general, "udpbindaddr", "bindaddr") ?? "0.0.0.0";
  facts.bind.push(`udp ${/:\d+$/.test(address) ? address : `${address}:${port}`}`);
  if (asteriskTrue(asteriskValue(general, "tlsenable")))
    facts.bind.push(`tls ${asteriskValue(general, "tlsbindaddr") ?? "0.0.0.0:5061"}`);
  // chan_sip lets guests in where nothing is said.
  if (asteriskTrue(asteriskValue(general, "allowguest") ?? "yes")) facts.guest.push("sip.conf allowguest");
  const external = asteriskValue(general, "externaddr", "externip", "externhost", "media_address");
  readExternal(general, external, asteriskValue(general, "localnet"), facts);
  for (const peer of sections.filter(({ name, template }) => name !== "general" && !template)) {
    if (asteriskValue(peer, "type") === undefined) continue;
    facts.codecs.push({ endpoint: peer.name, codecs: allowedCodecs(peer) });
    const encrypted = asteriskTrue(asteriskValue(peer, "encryption"));
    (encrypted ? facts.srtpWith : facts.srtpWithout).push(peer.name);
    const secret = asteriskValue(peer, "secret");
    if (secret !== undefined && weakPassword(secret, [peer.name])) facts.weak.push(peer.name);
  }
}

function readRtp(sections: readonly AsteriskSection[], facts: PbxFacts): void {
  const general = sections.find(({ name }) => name === "general");
  if (general === undefined) return;
  const from = Number(asteriskValue(general, "rtpstart") ?? 5000);
  const to = Number(asteriskValue(general, "rtpend") ?? 31_000);
  if (from > 0 && to >= from && to <= 65_535) facts.rtp = { from, to };
}

/** With autoload, what is installed and not kept from loading; else what is asked for. */
function loadedOf(sections: readonly AsteriskSection[], there: readonly string[]): string[] {
  const modules = sections.find(({ name }) => name === "modules");
  if (modules === undefined) return [];
  const named = (word: string) =>
    modules.settings.filter(([name]) => name === word).map(([, value]) => value.replace(/\.so$/, ""));
  const kept = named("noload");
  const auto = asteriskTrue(asteriskValue(modules, "autoload")) ? there : [];
  const loaded = new Set([...auto, ...named("load")]);
  return seldomNeeded.filter((name) => loaded.has(name) && !kept.includes(name));
}

async function modulesThere(): Promise<string[]> {
  const folders = ["/usr/lib/asterisk/modules", "/usr/lib64/asterisk/modules"];
  const found: string[] = [];
  for (const name of seldomNeeded)
    for (const folder of folders) if (await exists(join(folder, `${name}.so`))) found.push(name);
  return found;
}

function readKamailio(text: string, facts: PbxFacts): void {
  const config = readKamailioConfig(text);
  // Without a listen line it takes every address of the machine.
  const usual = ["udp 0.0.0.0:5060", "tcp 0.0.0.0:5060"];
  facts.bind.push(...(config.listen.length === 0 ? usual : config.listen));
  if (config.tls && !config.listen.some((each) => each.startsWith("tls ")))
    facts.bind.push("tls 0.0.0.0:5061");
  facts.stateful.push(...config.modules.filter((name) => stateModules.includes(name)));
}
