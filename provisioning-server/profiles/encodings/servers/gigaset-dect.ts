import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

type Setting = EncodingInput["setting"];
interface Part {
  readonly name: string;
  readonly value: string;
  readonly setting: string;
}

const textAt = (setting: Setting, path: string): string => {
  const value = setting(path);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

/** What makes two accounts users of one provider. */
const server = ["host", "port", "transport", "expires"].map((name) => `line.server.${name}`);
const shared = [
  ...server,
  "line.backupServer.host",
  "line.backupServer.port",
  "line.outboundProxy.host",
  "line.outboundProxy.port",
  "line.srtp",
  "line.dtmf",
  "line.voicemail.subscribe",
];
const providerOf = (setting: Setting): string => JSON.stringify(shared.map((path) => setting(path) ?? null));

/** Where the account's provider stands among those of the device, and whether this account is the first with it. */
function place(input: EncodingInput): { number: number; isFirst: boolean } {
  const own = providerOf(input.setting);
  const index = Number(input.setting("line.index"));
  const providers: string[] = [];
  let first: number | undefined;
  for (const account of input.accounts ?? []) {
    const provider = providerOf(account.setting);
    if (!providers.includes(provider)) providers.push(provider);
    if (provider === own) first ??= account.index;
  }
  return { number: Math.max(providers.indexOf(own), 0), isFirst: first === index };
}

const mostProviders = 10;

function encodeHandset(input: EncodingInput): Encoded {
  const { setting } = input;
  const user = textAt(setting, "line.user");
  const { number } = place(input);
  if (number >= mostProviders) return { ok: false, limit: `accounts at ${mostProviders} servers at most` };
  const handset = textAt(setting, "line.index").padStart(5, "0");
  const part = (name: string, value: string, path: string): Part => ({ name, value, setting: path });
  const account = (name: string, value: string, path: string) =>
    part(`SipAccount.${handset}.${name}`, value, path);
  const mailbox = textAt(setting, "line.voicemail.number");
  return {
    ok: true,
    parts: [
      part(`nvm/oper@name=add_hs@value=${handset}/param@name=hs.RegStatus/@value`, "ToReg", "line.user"),
      // The code that a handset asks for when it is registered: the last four digits of its number.
      part(`hs.${handset}.DECT_AC`, user.replaceAll(/\D/g, "").slice(-4).padStart(4, "0"), "line.user"),
      account("AuthName", textAt(setting, "line.authUser") || user, "line.authUser"),
      account("AuthPassword", textAt(setting, "line.password"), "line.password"),
      account("UserName", user, "line.user"),
      account("DisplayName", textAt(setting, "line.displayName"), "line.displayName"),
      account("ProviderId", String(number), "line.server.host"),
      account("VoiceMailMailbox", mailbox, "line.voicemail.number"),
      account("VoiceMailActive", mailbox === "" ? "0" : "1", "line.voicemail.number"),
    ],
  };
}

/** One of the vendor's words for a setting; the word of the first where the vendor has none. */
const wordFor = (words: ReadonlyMap<string, string>, path: string, setting: Setting): string | undefined =>
  words.get(`${path}:${textAt(setting, path)}`);

function encodeProvider(input: EncodingInput): Encoded {
  const { setting, words } = input;
  const { number, isFirst } = place(input);
  const host = textAt(setting, "line.server.host");
  if (!isFirst || number >= mostProviders || host === "") return { ok: true, parts: [] };
  const part = (name: string, value: string, path: string): Part => ({
    name: `SipProvider.${number}.${name}`,
    value,
    setting: path,
  });
  const transport = wordFor(words, "line.server.transport", setting);
  const dtmf = wordFor(words, "line.dtmf", setting);
  if (transport === undefined || dtmf === undefined)
    return { ok: false, limit: "one of its own words for transport and DTMF" };
  const [backup, proxy] = [
    textAt(setting, "line.backupServer.host"),
    textAt(setting, "line.outboundProxy.host"),
  ];
  const srtp = setting("line.srtp");
  return {
    ok: true,
    parts: [
      part("Name", host, "line.server.host"),
      part("Domain", host, "line.server.host"),
      part("ProxyServerAddress", host, "line.server.host"),
      part("ProxyServerPort", textAt(setting, "line.server.port"), "line.server.port"),
      part("RegServerAddress", host, "line.server.host"),
      part("RegServerPort", textAt(setting, "line.server.port"), "line.server.port"),
      part("RegServerRefreshTimer", textAt(setting, "line.server.expires"), "line.server.expires"),
      part("TransportProtocol", transport, "line.server.transport"),
      // No source tells how the base is told to look for SRV records: plain addresses.
      part("DnsQuery", "0", "line.server.transport"),
      part("UseSIPS", "0", "line.server.transport"),
      part("SRTP_Enabled", srtp === "off" ? "0" : "1", "line.srtp"),
      part("AcceptNonSRTPCalls", srtp === "required" ? "0" : "1", "line.srtp"),
      part("DTMFTransmission", dtmf, "line.dtmf"),
      part(
        "MWISubscription",
        setting("line.voicemail.subscribe") === false ? "0" : "1",
        "line.voicemail.subscribe",
      ),
      part("FailoverServerEnabled", backup === "" ? "0" : "1", "line.backupServer.host"),
      ...(backup === ""
        ? []
        : [
            part("FailoverServerAddress", backup, "line.backupServer.host"),
            part(
              "FailoverServerPort",
              textAt(setting, "line.backupServer.port") || "5060",
              "line.backupServer.port",
            ),
          ]),
      part("OutboundProxyMode", proxy === "" ? "2" : "0", "line.outboundProxy.host"),
      ...(proxy === ""
        ? []
        : [
            part("OutboundProxyAddress", proxy, "line.outboundProxy.host"),
            part("OutboundProxyPort", textAt(setting, "line.outboundProxy.port"), "line.outboundProxy.port"),
          ]),
    ],
  };
}

/**
 * Gigaset's DECT managers: an account for each handset, and one provider for all accounts of the same server. Names hold
 * numbers of five digits and the provider's place, which no map can say.
 */
export const gigasetDect: readonly Encoding[] = [
  {
    name: "gigaset-handset",
    settings: [
      "line.user",
      "line.authUser",
      "line.password",
      "line.displayName",
      "line.voicemail.number",
      "line.server.host",
    ],
    encode: encodeHandset,
  },
  { name: "gigaset-provider", settings: shared, encode: encodeProvider },
];
