import type { MacAddress } from "../../protocol/mac-address.ts";
import { type PhoneEvent, PhoneEvents } from "../store/phone-events.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { Trace, type TraceEntry } from "../store/trace.ts";
import { describeTrace, type TraceWords } from "./trace-words.ts";

/** One thing that happened to a phone: what it asked, or what else there is to know between two requests. */
export type TimelineStep =
  | ({ readonly kind: "request"; readonly id: string; readonly at: number } & {
      readonly entry: TraceEntry;
      readonly words: TraceWords;
    })
  | {
      readonly kind: PhoneEvent["kind"] | "firmware";
      readonly id: string;
      readonly at: number;
      readonly sentence: string;
    };

/** Addresses of the phone whose failed handshakes are looked at. */
const mostAddresses = 3;

/** The newest steps of a phone's whole story, newest first; at most `limit` requests. */
export async function timelineOf(
  store: StoreHandle,
  tenant: string,
  mac: MacAddress,
  limit: number,
): Promise<TimelineStep[]> {
  const trace = new Trace(store);
  const entries = await trace.ofMac(tenant, mac, limit);
  const oldest = entries.length < limit ? 0 : (entries.at(-1)?.at ?? 0);
  const addresses = [...new Set(entries.map((entry) => entry.address))].slice(0, mostAddresses);
  const failures = await Promise.all(addresses.map((at) => trace.tlsFailuresAt(tenant, at, limit)));
  const events = await new PhoneEvents(store).ofMac(tenant, mac, limit);
  const steps: TimelineStep[] = [
    ...[...entries, ...failures.flat()].map((entry) => requestStep(entry)),
    ...firmwareSteps(entries),
    ...events.map(({ words: sentence, ...event }) => ({ ...event, sentence })),
  ];
  return steps.filter((step) => step.at >= oldest).toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
}

function requestStep(entry: TraceEntry): TimelineStep {
  return { kind: "request", id: entry.id, at: entry.at, entry, words: describeTrace(entry) };
}

/** A phone names its firmware with each request; another one than before is worth a line. Entries newest first. */
function firmwareSteps(entries: readonly TraceEntry[]): TimelineStep[] {
  let before: string | undefined;
  return entries.toReversed().flatMap(({ id, at, identity: { firmware } }) => {
    if (firmware === undefined || firmware === before) return [];
    const sentence = before === undefined ? `firmware ${firmware}` : `firmware ${before} → ${firmware}`;
    before = firmware;
    return [{ kind: "firmware", id: `${id}f`, at, sentence } as const];
  });
}
