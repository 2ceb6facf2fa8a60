import type { Observation } from "../../../protocol/observation.ts";
import { Shown } from "../sip-agent/shown.ts";

/** Yes, no or not known, who says so, and whether the phone itself answers. */
export function showRegistered(observations: readonly Observation[]): string[] {
  const shown = new Shown(observations);
  const told = shown.find("phone.registered");
  const word = told?.value === true ? "registered" : told?.value === false ? "not registered" : "not known";
  const lines = shown.headline(word);
  const add = lines.add.bind(lines);
  add("because", told?.evidence);
  if (told?.outcome === "absent")
    add("note", "with the account's password (--password-from) the registrar itself can be asked");
  add("login", shown.login());
  for (const why of shown.list("sip.auth.why")) add("why", why);
  add("round trip", shown.measured("sip.rtt"));
  add("phone itself", shown.find("phone.answers")?.evidence);
  return lines.lines;
}
