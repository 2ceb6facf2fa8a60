import type { Observation } from "../../../protocol/observation.ts";
import { explainResponse, explainWarning } from "../../../protocol/sip/explain-response.ts";
import { Shown } from "../sip-agent/shown.ts";

/** A few lines for a person: how the call came up, what it used, and how it ended. */
export function showCall(observations: readonly Observation[]): string[] {
  const shown = new Shown(observations);
  const code = shown.number("sip.code");
  const lines = shown.headline(
    code === undefined ? "" : `INVITE ${code} ${shown.text("sip.reason") ?? ""}`.trim(),
  );
  const add = lines.add.bind(lines);
  if (code !== undefined && code >= 300) {
    const { sentence, remedy } = explainResponse(code);
    add("means", `${sentence}. ${remedy}`);
  }
  add("warning", explainWarning(shown.text("sip.warning") ?? "") ?? shown.text("sip.warning"));
  for (const demand of shown.list("sip.demands")) add("names", demand);
  add("login", shown.login());
  for (const why of shown.list("sip.auth.why")) add("why", why);
  for (const step of shown.list("call.progress")) add("progress", step);
  add("dial delay", shown.measured("call.pdd"));
  add("set up in", shown.measured("call.setup"));
  add("server", shown.text("sip.server"));
  add("codecs", shown.text("call.codecs.answered"));
  add("media at", shown.text("call.media"));
  add("media are", protectionLine(shown));
  for (const leak of shown.list("sip.leak")) add("private", leak);
  add("audio", audioLine(shown));
  add("taken alone", shown.text("call.codecs.accepted"));
  add("refused", shown.text("call.codecs.refused"));
  add("protection", shown.text("call.profiles.accepted"));
  add("ACK", ackLine(shown));
  add("session", sessionLine(shown));
  add(
    "ended",
    shown.find("call.ended") === undefined
      ? undefined
      : `by the far end, ${shown.measured("call.ended")} after its answer`,
  );
  add("BYE", shown.find("call.bye")?.outcome === "timeout" ? "not answered" : shown.text("call.bye"));
  return lines.lines;
}

const keyWords: Readonly<Record<string, string>> = {
  none: "in the clear",
  sdes: "under SRTP, its key in the signalling",
  dtls: "under SRTP, its key agreed on by DTLS",
};

function protectionLine(shown: Shown): string | undefined {
  const profile = shown.text("call.profile");
  const words = keyWords[shown.text("call.keys") ?? ""];
  return words === undefined ? profile : `${words} (${profile ?? ""})`;
}

function audioLine(shown: Shown): string | undefined {
  const sent = shown.number("call.audio.sent");
  if (sent === undefined) return undefined;
  return `${sent} packets sent, ${shown.number("call.audio.received") ?? 0} came back (${shown.find("call.audio.received")?.evidence ?? ""})`;
}

function ackLine(shown: Shown): string | undefined {
  const repeats = shown.number("call.answerRepeats");
  if (repeats === undefined) return undefined;
  const withheld = shown.text("call.ackWithheld") === "true" ? "withheld; " : "";
  if (repeats === 0) return `${withheld}the answer came once`;
  return `${withheld}${shown.find("call.answerRepeats")?.evidence ?? ""}`;
}

function sessionLine(shown: Shown): string | undefined {
  const session = shown.find("call.session");
  if (session === undefined) return undefined;
  if (session.outcome !== "ok") return session.evidence;
  const refresh = shown.find("call.refresh");
  return `${shown.measured("call.session")}, refreshed by ${shown.text("call.session.refresher")}: ${refresh?.evidence ?? "not reached"}`;
}
