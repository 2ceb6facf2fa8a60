import type { Observation } from "../../protocol/observation.ts";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import { measuredText } from "../../protocol/measured-text.ts";

/** `caller 4930567, attestation A, signed 2 s ago, signature good, trust not-checked`: what a call's Identity says, in a line. */
export function identityLine(observations: readonly Observation[]): string {
  const find = (key: ObservationKey) => observations.find((each) => each.key === key)?.value;
  if (find("stir.identity") !== true) return "not signed";
  const age = find("stir.age");
  const differ = find("stir.numbers");
  const certificate = find("stir.certificate");
  const said = [
    ["caller", find("stir.caller")],
    ["attestation", find("stir.attest")],
    ["signed", typeof age === "number" ? `${measuredText(age, "s")} ago` : undefined],
    ["signature", find("stir.signature")],
    ["certificate", certificate === "fetched" ? undefined : certificate],
    ["trust", find("stir.trust")],
    ["numbers", Array.isArray(differ) && differ.length > 0 ? differ.join("; ") : undefined],
  ] as const;
  // Texts of a header come from the wire: no control byte of them reaches a terminal.
  return said
    .flatMap(([word, value]) => (value === undefined || value === "" ? [] : [`${word} ${String(value)}`]))
    .join(", ")
    .replaceAll(/\p{Cc}/gu, "·");
}
