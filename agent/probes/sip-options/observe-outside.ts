import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";

/** From where nothing should be answered silence is well, and whatever comes says that a stranger gets through. */
export function observeOutside(observations: readonly Observation[], observe: Observe): Observation[] {
  const code = observations.find(({ key }) => key === "sip.code");
  const evidence = code?.evidence ?? "";
  const outcome = code?.outcome ?? "unreachable";
  if (outcome === "ok" || outcome === "garbled") return [observe("sip.outside", true, { evidence })];
  if (outcome === "timeout" || outcome === "refused") return [observe("sip.outside", false, { evidence })];
  // Nobody was asked: no way there says nothing of the server.
  return [observe("sip.outside", null, { outcome, evidence })];
}
