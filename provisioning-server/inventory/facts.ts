import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Observation, ObservedValue } from "../../protocol/observation.ts";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import { observerOf } from "../../protocol/observe.ts";
import { Devices } from "../store/devices.ts";
import { DeviceSeen } from "../store/device-seen.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { Trace, type TraceEntry } from "../store/trace.ts";
import { macsNearby, nearestOf } from "./nearest-mac.ts";
import { describeTrace } from "./trace-words.ts";

const hour = 3_600_000;
const day = 24 * hour;
/** A phone asks for all its files within seconds; after this much quiet, a config request begins another boot. */
const bootGap = 30_000;
/** Entries looked at, newest first: a site of 1,000 phones that boot every ten minutes fits. */
const mostEntries = 50_000;

/**
 * What the server knows of a site's phones at a time, as observations of the common vocabulary: subjects `phone:<mac>`,
 * MACs that nobody registered included. Looks back a day; boots are counted over the last hour.
 */
export async function provisioningFacts(
  store: StoreHandle,
  sealing: Sealing,
  site: { readonly tenant: string; readonly id: string },
  at: number,
): Promise<Observation[]> {
  const recent = await new Trace(store).ofSite(site.tenant, site.id, at - day, mostEntries);
  const byMac = Map.groupBy(
    recent.filter((entry) => entry.mac !== undefined && entry.at <= at),
    (entry) => entry.mac ?? "",
  );
  const devices = new Devices(store, sealing);
  const macs = await devices.macsOf(site.tenant, site.id);
  const seen = await new DeviceSeen(store).many(site.tenant, macs);
  const known = new Set(macs);
  const facts: Observation[] = [];
  for (const mac of new Set([...macs, ...byMac.keys()])) {
    const entries = byMac.get(mac) ?? [];
    facts.push(...factsOfPhone(mac, entries, at));
    if (entries.length === 0) facts.push(lastFetch(mac, seen.get(mac)?.configAt, at));
    if (known.has(mac) || (await devices.owner(mac)) !== undefined) continue;
    const near = nearestOf(mac, await devices.known(macsNearby(mac)));
    if (near !== undefined) facts.push(observe(mac, "prov.nearest", near, at));
  }
  return facts;
}

/** A phone of ours that never asked is a fact too: the outcome says that there is none to tell. */
function lastFetch(mac: MacAddress, configAt: number | undefined, at: number): Observation {
  if (configAt !== undefined) return observe(mac, "prov.lastFetch", configAt, at);
  return { ...observe(mac, "prov.lastFetch", null, at), outcome: "absent" };
}

function observe(mac: MacAddress, key: ObservationKey, value: ObservedValue, at: number): Observation {
  return observerOf("server", `phone:${mac}`, at)(key, value);
}

/** Requests that tell how it stands with a phone's config: those for it, and those that were turned away. */
function aboutConfig(entry: TraceEntry): boolean {
  return entry.identity.file === "config" || entry.outcome === "unknown-device" || entry.outcome === "denied";
}

/** Facts of one phone from its entries, oldest first, none later than `at`. */
export function factsOfPhone(mac: MacAddress, entries: readonly TraceEntry[], at: number): Observation[] {
  const facts: Observation[] = [];
  const asked = entries.filter((entry) => aboutConfig(entry));
  const last = asked.at(-1);
  if (last !== undefined) facts.push(...lastFacts(mac, last), ...bootFacts(mac, asked, at));
  const legacy = entries.filter(({ door, outcome }) => door === "legacy" && outcome !== "tls-error");
  const latest = legacy.at(-1);
  if (latest !== undefined)
    facts.push({
      ...observe(mac, "prov.legacyTls", legacy.length, latest.at),
      evidence: evidenceOf(latest),
    });
  const failed = entries.findLast((entry) => entry.outcome === "tls-error");
  if (failed !== undefined && (last === undefined || failed.at >= last.at))
    facts.push({
      ...observe(mac, "prov.tlsError", failed.reason ?? "unknown", failed.at),
      evidence: evidenceOf(failed),
    });
  return facts;
}

function lastFacts(mac: MacAddress, last: TraceEntry): Observation[] {
  const evidence = evidenceOf(last);
  const facts = [
    observe(mac, "prov.lastFetch", last.at, last.at),
    observe(mac, "prov.status", last.outcome, last.at),
    observe(mac, "prov.file", last.path, last.at),
  ];
  if (last.reason !== undefined) facts.push(observe(mac, "prov.reason", last.reason, last.at));
  return facts.map((fact) => ({ ...fact, evidence }));
}

function evidenceOf(entry: TraceEntry): string {
  return `${describeTrace(entry).asked} → ${describeTrace(entry).answered} (request ${entry.requestId})`;
}

function bootFacts(mac: MacAddress, asked: readonly TraceEntry[], at: number): Observation[] {
  const boots = bootTimes(asked).filter((boot) => boot > at - hour);
  const facts = [observe(mac, "prov.boots", boots.length, at)];
  const gaps = boots.slice(1).map((boot, index) => boot - (boots[index] ?? boot));
  const middle = gaps.toSorted((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)];
  if (middle !== undefined) {
    facts.push(observe(mac, "prov.interval", middle / 1000, at));
    facts.push(observe(mac, "prov.interval.spread", (Math.max(...gaps) - Math.min(...gaps)) / 1000, at));
  }
  return facts;
}

/** When each boot began: a config request after some quiet. */
function bootTimes(asked: readonly TraceEntry[]): number[] {
  return asked
    .filter((entry, index) => entry.at - (asked[index - 1]?.at ?? -Infinity) > bootGap)
    .map((entry) => entry.at);
}
