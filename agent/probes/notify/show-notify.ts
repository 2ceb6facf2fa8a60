import type { Observation } from "../../../protocol/observation.ts";
import { explainCheckSync } from "../../../protocol/sip/check-sync.ts";
import { explainResponse } from "../../../protocol/sip/explain-response.ts";
import { Shown } from "../sip-agent/shown.ts";

/** Whether it was taken, and by whom; a refusal in plain words. */
export function showNotify(observations: readonly Observation[]): string[] {
  const shown = new Shown(observations);
  const code = shown.number("sip.code");
  const through = /\/notify\/./.test(observations[0]?.subject ?? "");
  const lines = shown.headline(
    `NOTIFY ${shown.text("sip.event") ?? ""}: ${code ?? ""} ${shown.text("sip.reason") ?? ""}`.trim(),
  );
  const add = lines.add.bind(lines);
  if (code === undefined) {
    add("note", "a phone that obeys its PBX alone may say nothing to others");
    return lines.lines;
  }
  if (code < 300) add("means", taken(through));
  else {
    const hint = explainCheckSync(code, through ? "pbx" : "direct");
    const { sentence, remedy } = explainResponse(code);
    add("means", hint === "" ? `${sentence}. ${remedy}` : `${hint} (${sentence})`);
  }
  add("answered by", shown.text("sip.server"));
  add("login", shown.login());
  for (const why of shown.list("sip.auth.why")) add("why", why);
  add("round trip", shown.measured("sip.rtt"));
  return lines.lines;
}

function taken(through: boolean): string {
  const who = through ? "the PBX, or the phone behind it," : "the phone";
  return `${who} took it. Phones say 200 to words they do not know, too: whether it fetches its config, \`offhook phone trace\` shows`;
}
