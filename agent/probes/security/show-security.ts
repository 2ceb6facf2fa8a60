import { measuredText } from "../../../protocol/measured-text.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { fewOf, sheet, type SheetRow } from "../host/sheet.ts";
import { Shown } from "../sip-agent/shown.ts";

/** How the SIP server is guarded, at a glance: its files, its settings, fail2ban, packet filter, TLS and SRTP, log. */
export function showSecurity(observations: readonly Observation[]): string[] {
  const shown = new Shown(observations);
  const subject = observations[0]?.subject.replace(/^host:/, "") ?? "?";
  const none = shown.find("pbx.config") === undefined;
  return sheet(observations, none ? `${subject}: no config files of Asterisk or Kamailio here` : subject, [
    { title: "Files of the server", rows: fileRows(shown) },
    { title: "Calls and accounts", rows: settingRows(shown) },
    { title: "TLS and SRTP", rows: tlsRows(shown) },
    { title: "RTP ports and state", rows: loadRows(shown) },
    { title: "fail2ban", rows: banRows(shown) },
    { title: "Packet filter", rows: filterRows(shown) },
    { title: "Log", rows: logRows(shown) },
    { title: "Captures", rows: [row("packets", "host.capture", captureText(shown))] },
  ]);
}

const row = (label: string, key: ObservationKey, text: string | undefined): SheetRow => ({
  label,
  keys: [key],
  text,
});

/** A list: what an empty one means, else what it holds; nothing where it was not looked at. */
function listRow(shown: Shown, label: string, key: ObservationKey, fine: string, amiss = ""): SheetRow {
  const found = shown.find(key) && shown.list(key);
  return row(label, key, found && (found.length === 0 ? fine : amiss + fewOf(found)));
}

function captureText(shown: Shown): string | undefined {
  const [text, evidence] = [shown.text("host.capture"), shown.find("host.capture")?.evidence];
  if (text !== "ok") return text && `cannot be captured: ${text}`;
  return `can be captured${evidence === undefined ? "" : ` (${evidence})`}`;
}

function fileRows(shown: Shown): SheetRow[] {
  const files = shown.list("pbx.config");
  const hidden = shown.list("pbx.config.denied");
  return [
    { label: "read", keys: [], text: files.length === 0 ? undefined : fewOf(files) },
    row("not readable", "pbx.config.denied", hidden.length === 0 ? undefined : fewOf(hidden)),
    listRow(shown, "mode", "pbx.fileMode", "640 or tighter", "wider than 640: "),
    listRow(shown, "owner", "pbx.file.owner", "root's or the service's", "others': "),
    listRow(shown, "access lists", "pbx.file.acl", "let nobody else in"),
    listRow(shown, "folders", "pbx.folder.open", "not open to everybody", "anybody may replace files in "),
    listRow(shown, "the service", "pbx.file.unreadable", "can read its files", "cannot read: "),
    listRow(shown, "since its start", "pbx.restart", "no file changed", "changed, not loaded yet: "),
  ];
}

function settingRows(shown: Shown): SheetRow[] {
  const bind = shown.list("pbx.bind");
  return [
    { label: "listens at", keys: ["pbx.bind.default"], text: bind.length === 0 ? undefined : fewOf(bind) },
    listRow(shown, "without login", "pbx.guest", "nobody by the files", "let in by "),
    listRow(shown, "passwords", "pbx.passwords.weak", "none weak", "weak: "),
    listRow(shown, "public address", "pbx.external.missing", "nothing missing", "missing: "),
    listRow(shown, "codecs", "pbx.codecs.other", "in the order of the policy", "not in its order: "),
  ];
}

function tlsRows(shown: Shown): SheetRow[] {
  const [tls, answers] = [shown.find("pbx.tls"), shown.find("pbx.tls.answers")];
  const silent = `does not answer: ${answers?.evidence ?? "no TLS"}`;
  return [
    row("TLS", "pbx.tls", tls && (tls.value === true ? "a listener is set" : "no listener is set")),
    row("its port", "pbx.tls.answers", answers && (answers.value === true ? "answers" : silent)),
    listRow(shown, "SRTP", "pbx.srtp.without", "set at each endpoint", "not set at "),
  ];
}

function loadRows(shown: Shown): SheetRow[] {
  const [ports, need] = [shown.number("pbx.rtp.ports"), shown.number("pbx.rtp.need")];
  const wanted = need === undefined ? "" : `, ${need} needed`;
  const local = shown.find("pbx.rtp.local")?.value;
  return [
    row("RTP range", "pbx.rtp.ports", ports === undefined ? undefined : `${ports} ports${wanted}`),
    row(
      "local ports",
      "pbx.rtp.local",
      local === undefined ? undefined : local === true ? "overlap the RTP range" : "apart from the RTP range",
    ),
    listRow(shown, "modules", "pbx.modules.unused", "none that is seldom needed", "seldom needed: "),
    row(
      "state",
      "pbx.stateful",
      shown.text("pbx.stateful") && `kept by ${fewOf(shown.list("pbx.stateful"))}`,
    ),
  ];
}

function banRows(shown: Shown): SheetRow[] {
  const [jail, ban] = [shown.find("fail2ban.jail"), shown.number("fail2ban.bantime")];
  const said = jail?.value === "no-fail2ban" ? "fail2ban is not here" : shown.text("fail2ban.jail");
  const name = jail?.evidence;
  const time = ban === undefined ? undefined : ban < 0 ? "for ever" : `for ${measuredText(ban, "s")}`;
  const tries = shown.number("fail2ban.maxretry");
  const within = shown.number("fail2ban.findtime");
  const often = tries === undefined ? "" : ` after ${tries} failures`;
  return [
    {
      label: "jail for SIP",
      // An enabled one has a part in other findings and is itself well.
      keys: jail?.value === "enabled" ? [] : ["fail2ban.jail"],
      text: said && `${said}${name === undefined ? "" : ` (${name})`}`,
    },
    {
      label: jail?.value === "enabled" ? "bans" : "would ban",
      keys: ["fail2ban.bantime", "fail2ban.maxretry"],
      text: time && `${time}${often}${within === undefined ? "" : ` within ${measuredText(within, "s")}`}`,
    },
    listRow(shown, "its log files", "fail2ban.logpath", "are there", "not there: "),
    listRow(shown, "filter", "fail2ban.missed", "sees failed logins", "does not see "),
    listRow(shown, "good logins", "fail2ban.counted", "are not counted", "counted as failures: "),
  ];
}

function filterRows(shown: Shown): SheetRow[] {
  const lets = shown.list("host.firewall.sip");
  return [
    row("kind", "host.firewall", shown.text("host.firewall")),
    { label: "lets in", keys: ["host.firewall.open"], text: lets.length === 0 ? undefined : fewOf(lets) },
  ];
}

function logRows(shown: Shown): SheetRow[] {
  const read = shown.find("log.read");
  if (read === undefined) return [row("failed logins", "log.read", "not looked at (--log FILE)")];
  if (read.outcome !== "ok") return [row("not read", "log.read", read.evidence ?? read.outcome)];
  const [worst, again] = [shown.number("log.authFail") ?? 0, shown.number("log.retrans") ?? 0];
  const source = shown.text("log.authFail.source") ?? "?";
  const peers = shown.list("log.retrans.peers");
  const givenUp = shown.number("log.retrans.givenUp") ?? 0;
  return [
    row("read", "log.read", `${String(read.value)} lines`),
    row("failed logins", "log.authFail", worst === 0 ? "none" : `up to ${worst} a minute from ${source}`),
    listRow(shown, "entered", "log.authFail.entered", "nobody after many failures"),
    listRow(shown, "scanners", "log.scanUa", "none"),
    {
      label: "sent again",
      keys: ["log.retrans", "log.retrans.givenUp"],
      text:
        again + givenUp === 0
          ? "nothing"
          : `${again} times, ${givenUp} given up${peers.length === 0 ? "" : `; to ${fewOf(peers)}`}`,
    },
  ];
}
