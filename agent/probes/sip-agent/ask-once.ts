import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { openSipChannel, type SipTarget } from "../../io/sip/sip-channel.ts";
import { askOptions } from "../sip-options/ask-options.ts";
import type { PlaceIo } from "./open-place.ts";

/** How one OPTIONS fared, in short; `other`: the port is open and says something else than SIP. */
export interface AskedOnce {
  readonly word: "answers" | "silent" | "refused" | "unreachable" | "other" | "port-in-use";
  /** The code, or what the kernel said. */
  readonly said: string;
}

const words: ReadonlyMap<string, AskedOnce["word"]> = new Map([
  ["ECONNREFUSED", "refused"],
  ["ECONNRESET", "refused"],
  ["ETIMEDOUT", "silent"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["EADDRINUSE", "port-in-use"],
]);

/** One OPTIONS to one place, and how it fared. @throws the signal's reason. */
export async function askOnce(
  place: Omit<SipTarget, "timeout"> & { readonly host: string },
  timers: TransactionTimers,
  io: PlaceIo,
  signal: AbortSignal,
): Promise<AskedOnce> {
  try {
    await using channel = await openSipChannel(io, { ...place, timeout: timers.giveUp }, signal);
    const ask = { host: place.host, port: place.port, domain: place.serverName, timers, clock: io.clock };
    const { end, garbled } = (await askOptions(channel, ask, signal)).exchange;
    if (end.kind === "final") return { word: "answers", said: String(end.response.code) };
    if (end.kind === "failed") return failed(end.error);
    return garbled.length > 0 ? { word: "other", said: "no SIP" } : { word: "silent", said: "no answer" };
  } catch (error) {
    signal.throwIfAborted();
    return failed(error as NodeJS.ErrnoException);
  }
}

function failed(error: NodeJS.ErrnoException | undefined): AskedOnce {
  const code = error?.code ?? "closed";
  return { word: words.get(code) ?? "other", said: code };
}
