import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { SipResponse } from "../../../protocol/sip/message.ts";
import { signaturesOf } from "../../../protocol/sip/server-signature.ts";
import { openSipChannel, type SipTarget } from "../../io/sip/sip-channel.ts";
import type { PlaceIo } from "../sip-agent/open-place.ts";
import { askOptions, type AskOptions } from "./ask-options.ts";

/**
 * Asks again and again, each time from a new port, as phones do: who balances by address and port sends them to different
 * servers (row Q3 of the matrix). @throws the signal's reason.
 */
export async function askSources(
  count: number,
  target: SipTarget,
  ask: AskOptions,
  io: PlaceIo,
  observe: Observe,
  signal: AbortSignal,
): Promise<Observation[]> {
  const answers: SipResponse[] = [];
  for (let place = 0; place < count; place += 1) {
    // Faster than one a second looks like a scan, and guards ban for that.
    if (place > 0) await io.clock.sleep(1000, signal);
    io.say(`asking from port ${place + 1} of ${count}`);
    const answer = await askFreshly(target, ask, io, signal);
    if (answer !== undefined) answers.push(answer);
  }
  // One answer has nothing to differ from.
  if (answers.length < 2) return [];
  const { servers, changes } = signaturesOf(answers);
  const evidence = `${answers.length} answers to ${count} ports`;
  return [
    observe(
      "sip.signatures",
      servers.map(({ said, answers: times }) => `${times} × ${said}`.slice(0, 400)),
      { evidence },
    ),
    observe("sip.signatures.changes", changes, { evidence }),
  ];
}

async function askFreshly(
  target: SipTarget,
  ask: AskOptions,
  io: PlaceIo,
  signal: AbortSignal,
): Promise<SipResponse | undefined> {
  try {
    await using channel = await openSipChannel(io, target, signal);
    const { end } = (await askOptions(channel, ask, signal)).exchange;
    return end.kind === "final" ? end.response : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
