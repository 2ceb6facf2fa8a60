import { XMLParser, XMLValidator } from "fast-xml-parser";
import { Compile } from "typebox/compile";
import { Type } from "typebox";
import { ask, type Booted, type FakePhone, newBootLog, type SipAccount } from "./fake-phone.ts";

// What linphonec does with a config-uri: one file, lpconfig XML, entries with overwrite="true" replace its own.

const Entry = Type.Object({
  name: Type.String(),
  overwrite: Type.Optional(Type.String()),
  text: Type.String(),
});
const LpConfig = Type.Object({
  config: Type.Object({
    xmlns: Type.Literal("http://www.linphone.org/xsds/lpconfig.xsd"),
    section: Type.Array(Type.Object({ name: Type.String(), entry: Type.Array(Entry) })),
  }),
});
const lpConfig = Compile(LpConfig);

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  alwaysCreateTextNode: true,
  textNodeName: "text",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  isArray: (name) => name === "section" || name === "entry",
});

export async function bootLinphone(phone: FakePhone, signal: AbortSignal): Promise<Booted> {
  const log = newBootLog();
  const url = phone.server.endsWith("/") ? `${phone.server}linphone-${phone.mac}.xml` : phone.server;
  const userAgent = `Linphonec/${phone.firmware}`;
  const { status, body } = await ask(phone, url, { userAgent, checkCertificate: true }, log, signal);
  if (status === 404) log.problems.push("the config-uri leads to nothing");
  if (status === 200 && body !== undefined)
    log.problems.push(...applyLpConfig(Buffer.from(body).toString("utf8"), log.config));
  return { ...log, accounts: readAccounts(log.config) };
}

/** Writes entries as `section/entry` into `config`; returns what the phone could not read. */
export function applyLpConfig(xml: string, config: Map<string, string>): string[] {
  const valid = XMLValidator.validate(xml);
  if (valid !== true) return [`line ${valid.err.line}: ${valid.err.msg}`];
  const parsed: unknown = parser.parse(xml);
  if (!lpConfig.Check(parsed)) {
    const [first] = lpConfig.Errors(parsed);
    return [`not lpconfig: ${first?.instancePath ?? ""} ${first?.message ?? ""}`];
  }
  for (const section of parsed.config.section)
    for (const { name, overwrite, text } of section.entry) {
      const key = `${section.name}/${name}`;
      if (overwrite === "true" || !config.has(key)) config.set(key, text);
    }
  return [];
}

/** `proxy_N` says where, the `auth_info_M` of the same user says how. */
function readAccounts(config: ReadonlyMap<string, string>): SipAccount[] {
  const accounts: SipAccount[] = [];
  for (let at = 0; config.has(`proxy_${at}/reg_proxy`); at += 1) {
    const proxy = /<?sips?:(\[[^\]]*\]|[^:;>]+)(?::(\d+))?(?:;transport=(\w+))?/i.exec(
      config.get(`proxy_${at}/reg_proxy`) ?? "",
    );
    const user = /<sips?:([^@>]+)@/i.exec(config.get(`proxy_${at}/reg_identity`) ?? "")?.[1] ?? "";
    const login = loginOf(config, user);
    const transport = proxy?.[3]?.toLowerCase();
    accounts.push({
      index: at + 1,
      user,
      ...login,
      server: proxy?.[1] ?? "",
      port: Number(proxy?.[2] ?? 5060),
      transport: transport === "tcp" || transport === "tls" ? transport : "udp",
    });
  }
  return accounts;
}

function loginOf(config: ReadonlyMap<string, string>, user: string): { authUser: string; password: string } {
  for (let at = 0; config.has(`auth_info_${at}/username`); at += 1) {
    if (config.get(`auth_info_${at}/username`) !== user) continue;
    const authUser = config.get(`auth_info_${at}/userid`) ?? "";
    return {
      authUser: authUser === "" ? user : authUser,
      password: config.get(`auth_info_${at}/passwd`) ?? "",
    };
  }
  return { authUser: user, password: "" };
}
