import { Type, type Static } from "typebox";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import type { Observation, ObservedValue } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { hostname } from "node:os";
import type { AgentIo } from "../io/io.ts";
import { readTextFile } from "../io/host/text-file.ts";
import { readFail2ban, type Fail2banFacts } from "./security/read-fail2ban.ts";
import { readFirewall, type SipPort } from "./security/read-firewall.ts";
import { readFileRights } from "./security/file-rights.ts";
import { readLog } from "./security/read-log.ts";
import { readPbx, type PbxFacts } from "./security/read-pbx.ts";
import { showSecurity } from "./security/show-security.ts";
import { serviceStarts } from "./security/running-services.ts";
import { tryCapture } from "./security/try-capture.ts";

const path = (value: string, description: string) =>
  Type.String({ maxLength: 4000, default: value, description });

const SecuritySettings = Type.Object(
  {
    asterisk: path("/etc/asterisk", "folder of Asterisk's config files"),
    kamailio: path("/etc/kamailio", "folder of Kamailio's config files"),
    bans: path("/etc/fail2ban", "folder of fail2ban's config files"),
    codecs: Type.String({
      maxLength: 200,
      default: "g722,ulaw,alaw",
      description: "codecs in the order that the site wants",
    }),
    calls: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: "calls at once that the server is to carry",
      }),
    ),
    log: Type.Optional(
      Type.String({ maxLength: 4000, description: "log of the SIP server to look for brute force in" }),
    ),
    sip: Type.Optional(
      Type.String({
        maxLength: 253,
        description: "SIP server whose TLS port is to answer, HOST or HOST:PORT",
      }),
    ),
    timeout: Type.Number({
      minimum: 0.1,
      maximum: 60,
      default: 3,
      description: "seconds to wait for its handshake",
    }),
  },
  { additionalProperties: false },
);
type SecuritySettings = Static<typeof SecuritySettings>;

/** Looks at how the SIP server of this machine is guarded: its config files, fail2ban, TLS and SRTP, its log. */
export const security: Probe<typeof SecuritySettings, AgentIo> = {
  name: "security",
  verb: "security",
  about:
    "how the SIP server on this machine is guarded: config files, fail2ban, TLS and SRTP, brute force in its log",
  target: "[NAME]",
  example: "offhook diag security --log /var/log/asterisk/messages",
  settings: SecuritySettings,
  async run(name, settings, io, signal) {
    const observe = observerOf("security", `host:${name === "" ? hostname() : name}`, io.clock.now());
    const pbx = await readPbx(settings);
    const [ban, capture, log, tls] = await Promise.all([
      readFail2ban(settings.bans, signal),
      tryCapture(io, signal),
      settings.log === undefined ? [] : logObservations(settings.log, observe, signal),
      settings.sip === undefined ? [] : tlsObservations(settings.sip, settings.timeout, io, observe, signal),
    ]);
    return [
      ...(await pbxObservations(pbx, settings, observe)),
      ...(await rightsObservations(pbx, settings, observe)),
      ...(await firewallObservations(pbx, observe, signal)),
      ...banObservations(ban, observe),
      observe("host.capture", capture.ok ? "ok" : capture.how, { evidence: capture.how }),
      ...log,
      ...tls,
    ];
  },
  show: showSecurity,
};

type Said = readonly (readonly [ObservationKey, ObservedValue | undefined])[];
const observed = (said: Said, observe: Observe): Observation[] =>
  said.flatMap(([key, value]) => (value === undefined ? [] : [observe(key, value)]));

const most = 100;
const listed = (texts: readonly string[]): string[] => texts.slice(0, most).map((text) => text.slice(0, 400));

/** A machine without a SIP server's files says nothing of one. */
async function pbxObservations(
  pbx: PbxFacts,
  settings: SecuritySettings,
  observe: Observe,
): Promise<Observation[]> {
  const read = pbx.files.filter((file) => file.ok);
  const denied = pbx.files.filter((file) => !file.ok);
  if (pbx.files.length === 0) return [];
  const policy = settings.codecs.split(",").map((codec) => codec.trim().toLowerCase());
  const other = pbx.codecs.filter(({ codecs }) => !followsPolicy(codecs, policy));
  const print = ({ endpoint, codecs }: (typeof other)[number]) =>
    `${endpoint}: ${codecs.length === 0 ? "nothing said" : codecs.join(",")}`;
  const endpoints = pbx.srtpWith.length + pbx.srtpWithout.length;
  return observed(
    [
      ["pbx.config", listed(read.map((file) => file.path))],
      ["pbx.config.denied", listed(denied.map((file) => `${file.path}: ${file.ok ? "" : file.code}`))],
      [
        "pbx.fileMode",
        listed(
          read.flatMap((file) =>
            file.ok && (file.mode & 0o137) !== 0 ? [`${file.mode.toString(8)} ${file.path}`] : [],
          ),
        ),
      ],
      ["pbx.bind", pbx.bind.length === 0 ? undefined : listed(pbx.bind)],
      ["pbx.bind.default", pbx.bind.length === 0 ? undefined : listed(pbx.bind.filter(isOpenUsual))],
      ["pbx.guest", listed(pbx.guest)],
      ["pbx.codecs", pbx.codecs.length === 0 ? undefined : listed(pbx.codecs.map(print))],
      ["pbx.codecs.other", pbx.codecs.length === 0 ? undefined : listed(other.map(print))],
      ["pbx.external", listed(pbx.external)],
      ["pbx.external.missing", listed(pbx.externalMissing)],
      ["pbx.tls", pbx.bind.length === 0 ? undefined : pbx.bind.some((each) => /^(?:tls|wss) /i.test(each))],
      ["pbx.srtp", endpoints === 0 ? undefined : pbx.srtpWith.length > 0],
      ["pbx.srtp.without", endpoints === 0 ? undefined : listed(pbx.srtpWithout)],
      ["pbx.rtp.ports", pbx.rtp && pbx.rtp.to - pbx.rtp.from + 1],
      // Two ports a leg, and a server that anchors media has two legs (sip-rtp 21), with a fifth to spare.
      ["pbx.rtp.need", settings.calls === undefined ? undefined : Math.ceil(settings.calls * 4 * 1.2)],
      ["pbx.rtp.local", await overlapsLocalPorts(pbx)],
      ["pbx.modules.unused", listed(pbx.unusedModules)],
      ["pbx.stateful", pbx.stateful.length === 0 ? undefined : listed(pbx.stateful)],
      ["pbx.passwords.weak", listed(pbx.weak)],
      ["pbx.restart", await newerThanService(pbx, settings)],
    ],
    observe,
  );
}

async function rightsObservations(
  pbx: PbxFacts,
  { asterisk }: SecuritySettings,
  observe: Observe,
): Promise<Observation[]> {
  if (pbx.files.length === 0) return [];
  const paths = pbx.files.map(({ path: file }) => file);
  const ofAsterisk = (file: string) => file.startsWith(`${asterisk}/`);
  const { owner, acl, unreadable, open } = await readFileRights([
    { service: "asterisk", files: paths.filter(ofAsterisk) },
    { service: "kamailio", files: paths.filter((file) => !ofAsterisk(file)) },
  ]);
  return [
    observe("pbx.file.owner", listed(owner)),
    observe("pbx.file.acl", listed(acl)),
    observe("pbx.file.unreadable", listed(unreadable)),
    observe("pbx.folder.open", listed(open)),
  ];
}

/** At the ports that the server listens on, else at the usual ones. */
async function firewallObservations(
  pbx: PbxFacts,
  observe: Observe,
  signal: AbortSignal,
): Promise<Observation[]> {
  if (pbx.files.length === 0) return [];
  const bound = pbx.bind.map(portOfBind);
  const ports = [...new Map([...bound, ...usualPorts].map((each) => [JSON.stringify(each), each])).values()];
  const { kind, doors, open } = await readFirewall(ports, signal);
  if (kind.startsWith("not readable"))
    return [observe("host.firewall", kind, { outcome: "denied", evidence: kind })];
  return [
    observe("host.firewall", kind),
    observe("host.firewall.sip", listed(doors)),
    observe("host.firewall.open", listed(open)),
  ];
}

const usualPorts: readonly SipPort[] = [
  { protocol: "udp", port: 5060 },
  { protocol: "tcp", port: 5060 },
  { protocol: "tcp", port: 5061 },
];

function portOfBind(bind: string): SipPort {
  const [transport = "udp", place = ""] = bind.split(" ");
  const usual = /^(?:tls|wss)$/i.test(transport) ? 5061 : 5060;
  const port = Number(/:(\d{1,5})$/.exec(place.replace(/^\[.*\]/, ""))?.[1] ?? usual);
  return { protocol: transport.toLowerCase() === "udp" ? "udp" : "tcp", port };
}

/** Those of the policy that are allowed stand in its order, and first. */
function followsPolicy(codecs: readonly string[], policy: readonly string[]): boolean {
  const wanted = policy.filter((codec) => codecs.includes(codec));
  return wanted.length > 0 && wanted.every((codec, at) => codecs[at] === codec);
}

function isOpenUsual(bind: string): boolean {
  const [protocol = "", place = ""] = bind.split(" ");
  const open = /^(?:0\.0\.0\.0|\[?::\]?|\*)(?::\d+)?$/.test(place);
  const port = /:(\d+)$/.exec(place.replace(/^\[.*\]/, ""))?.[1] ?? "5060";
  return open && (protocol === "udp" || protocol === "tcp") && port === "5060";
}

async function overlapsLocalPorts({ rtp }: PbxFacts): Promise<boolean | undefined> {
  const file = await readTextFile("/proc/sys/net/ipv4/ip_local_port_range");
  if (rtp === undefined || !file.ok) return undefined;
  const [from = 0, to = 0] = file.text.trim().split(/\s+/).map(Number);
  return rtp.from <= to && from <= rtp.to;
}

async function newerThanService(pbx: PbxFacts, settings: SecuritySettings): Promise<string[] | undefined> {
  const starts = await serviceStarts();
  if (starts.size === 0) return undefined;
  const startOf = (file: string) =>
    file.startsWith(`${settings.asterisk}/`) ? starts.get("asterisk") : starts.get("kamailio");
  return listed(
    pbx.files.flatMap((file) => {
      const startedAt = startOf(file.path);
      return file.ok && startedAt !== undefined && file.changedAt > startedAt ? [file.path] : [];
    }),
  );
}

function banObservations(ban: Fail2banFacts, observe: Observe): Observation[] {
  return [
    observe("fail2ban.jail", ban.jail, {
      evidence: [ban.name, ban.why].filter((each) => each !== undefined).join("; "),
    }),
    ...observed(
      [
        ["fail2ban.bantime", ban.bantime],
        ["fail2ban.maxretry", ban.maxretry],
        ["fail2ban.findtime", ban.findtime],
        ["fail2ban.logpath", ban.name === undefined ? undefined : listed(ban.lost)],
        ["fail2ban.missed", ban.filter && listed(ban.filter.missed)],
        ["fail2ban.counted", ban.filter && listed(ban.filter.counted)],
      ],
      observe,
    ),
  ];
}

async function logObservations(file: string, observe: Observe, signal: AbortSignal): Promise<Observation[]> {
  try {
    const { lines, worst, sources, entered, scanners, retransmissions } = await readLog(file, signal);
    return observed(
      [
        ["log.read", lines],
        ["log.authFail", worst?.perMinute ?? 0],
        ["log.authFail.source", worst?.source],
        ["log.authFail.sources", listed(sources)],
        ["log.authFail.entered", listed(entered)],
        ["log.scanUa", listed(scanners)],
        ["log.retrans", retransmissions.lines],
        ["log.retrans.peers", listed(retransmissions.peers)],
        ["log.retrans.givenUp", retransmissions.givenUp],
      ],
      observe,
    );
  } catch (error) {
    if (signal.aborted) throw error;
    const { code = "", message } = error as NodeJS.ErrnoException;
    const outcome = code === "EACCES" ? "denied" : "unreachable";
    return [observe("log.read", null, { outcome, evidence: message })];
  }
}

async function tlsObservations(
  target: string,
  timeout: number,
  io: AgentIo,
  observe: Observe,
  signal: AbortSignal,
): Promise<Observation[]> {
  const [, host = target, port = "5061"] = /^(.*?)(?::(\d{1,5}))?$/.exec(target) ?? [];
  try {
    const [address = host] = await io.resolve(host);
    const options = { address, port: Number(port), tls: { serverName: host }, timeout: timeout * 1000 };
    await using socket = await io.openStream(options, signal);
    return [observe("pbx.tls.answers", socket.tls !== undefined)];
  } catch (error) {
    if (signal.aborted) throw error;
    return [
      observe("pbx.tls.answers", false, { evidence: error instanceof Error ? error.message : String(error) }),
    ];
  }
}
