import { explainResponse } from "../../../protocol/sip/explain-response.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { Shown } from "../sip-agent/shown.ts";

const seconds: Readonly<Record<string, string>> = {
  both: "both devices stay logged in",
  replaced: "the server let go of the first device",
  refused: "the server refuses a second device",
};

/** A few lines for a person: is the login good, who else is there, how long it lasts. */
export function showRegistration(observations: readonly Observation[]): string[] {
  const shown = new Shown(observations);
  const code = shown.number("sip.code");
  const lines = shown.headline(
    code === undefined ? "" : `REGISTER ${code} ${shown.text("sip.reason") ?? ""}`.trim(),
  );
  const add = lines.add.bind(lines);
  if (code !== undefined && code >= 300) {
    const { sentence, remedy } = explainResponse(code);
    add("means", `${sentence}. ${remedy}`);
  }
  add("login", shown.login());
  for (const why of shown.list("sip.auth.why")) add("why", why);
  add(
    "challenge",
    [shown.list("sip.auth.algorithms").join(", "), shown.text("sip.auth.qop")]
      .filter((each) => each !== undefined && each !== "")
      .join("; qop "),
  );
  add("round trip", shown.measured("sip.rtt"));
  add("server", shown.text("sip.server"));
  for (const contact of shown.list("reg.contacts")) add("was there", contact);
  add("granted", shown.measured("reg.expires"));
  add("at least", shown.measured("reg.minExpires"));
  add("refresh", shown.text("reg.refresh"));
  add("same nonce", shown.text("sip.auth.nonceReused") === "true" ? "taken again, counted up" : undefined);
  add("two devices", seconds[shown.text("reg.second") ?? ""]);
  add("removed", shown.text("reg.remove"));
  if (
    shown.number("reg.devices") !== undefined &&
    shown.number("reg.expires") === undefined &&
    code === 200
  ) {
    add("note", "a device is logged in, so the probe did not register; --beside does it all the same");
  }
  return lines.lines;
}
