import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { AgentIo } from "../../io/io.ts";
import { lossPercent, measureMedia } from "./media-figures.ts";
import type { RunParts } from "./run-parts.ts";
import { runStreams, type RunResult } from "./run-streams.ts";

/** A run, and one without marking that went the same way at the same time. */
export async function runBesideBestEffort(
  parts: RunParts,
  io: AgentIo,
  signal: AbortSignal,
): Promise<{ readonly marked: RunResult; readonly bestEffort: RunResult }> {
  const quiet: AgentIo = { ...io, say: () => undefined };
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const runs = [
    runStreams(parts, io, both),
    // The ports that were asked for are taken by the other calls.
    runStreams({ ...parts, dscp: 0, keys: "", ports: undefined }, quiet, both),
  ] as const;
  try {
    const [marked, bestEffort] = await Promise.all(runs);
    return { marked, bestEffort };
  } finally {
    // One that fails takes the other along: nothing goes on once this has ended.
    stop.abort();
    await Promise.allSettled(runs);
  }
}

/** What the unmarked streams lost, to stand beside what the marked ones did. */
export function observeBestEffort(run: RunResult, parts: RunParts, observe: Observe): Observation[] {
  if (!run.ok) {
    const evidence = `the call without marking did not come up: ${run.why.kind}`;
    return [observe("rtp.be.fwd.loss", null, { outcome: "absent", evidence })];
  }
  const { forward, reverse } = measureMedia(run.streams, parts.packetTime);
  const there = forward === undefined ? undefined : lossPercent(forward);
  const back = lossPercent(reverse);
  const evidence = `of ${forward?.sent ?? "?"} there, ${reverse.sent} back; without marking, at the same time`;
  return [
    ...(there === undefined ? [] : [observe("rtp.be.fwd.loss", Number(there.toFixed(3)), { evidence })]),
    ...(back === undefined ? [] : [observe("rtp.be.rev.loss", Number(back.toFixed(3)), { evidence })]),
  ];
}
