import type { Observation } from "../../../protocol/observation.ts";
import { Shown } from "../sip-agent/shown.ts";

/** A few lines for a person: what strangers may do here. */
export function showGuest(observations: readonly Observation[]): string[] {
  const shown = new Shown(observations);
  const code = shown.text("sip.code");
  const lines = shown.headline(
    code === undefined ? "it rang" : `INVITE ${code} ${shown.text("sip.reason") ?? ""}`,
  );
  const admitted = shown.find("guest.admitted");
  if (admitted !== undefined) {
    lines.add("strangers", `${admittedWords(admitted.value)} (${admitted.evidence ?? ""})`);
  }
  lines.add("challenge", shown.text("sip.auth.algorithms"));
  const tells = shown.find("guest.tells");
  if (tells !== undefined) {
    lines.add(
      "users",
      `${tells.value === true ? "can be found out" : "cannot be told apart"}: ${tells.evidence ?? ""}`,
    );
  }
  return lines.lines;
}

function admittedWords(admitted: Observation["value"]): string {
  if (admitted === null) return "not known";
  return admitted === true ? "reach the dial plan" : "are kept out";
}
