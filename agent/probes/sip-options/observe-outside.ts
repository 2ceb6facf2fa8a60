import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";

/** From where nothing should be answered silence is well, and whatever comes says that a stranger gets through. */
export function observeOutside(observations: readonly Observation[], observe: Observe): Observation[] {
  const code = observations.find(({ key }) => key === "sip.code");
  const evidence = code?.evidence ?? "";
  switch (code?.outcome) {
    case "ok":
    case "garbled":
      return [observe("sip.outside", true, { evidence })];
    case "timeout":
    case "refused":
      return [observe("sip.outside", false, { evidence })];
    default:
      // Nobody was asked: no way there says nothing of the server.
      return [observe("sip.outside", null, { outcome: code?.outcome ?? "unreachable", evidence })];
  }
}
