import type { MacAddress } from "../../protocol/mac-address.ts";
import { isInWindow, printDayWindow } from "./day-window.ts";
import type { ResyncPhone, ResyncPlan } from "./resync-plan.ts";
import { phonesInWords } from "./resync-plan.ts";

/** What the planner looks at besides the plan itself. */
export interface ResyncWorld {
  readonly now: number;
  /** When each phone last fetched a config, and the address the server saw. */
  readonly seen: ReadonlyMap<MacAddress, { readonly configAt?: number; readonly address: string }>;
  /** Addresses of the phones that other plans have under way; empty where none is known. */
  readonly elsewhere: readonly string[];
}

export interface ResyncStep {
  /** The plan as it stands now; the same object when nothing changed. */
  readonly plan: ResyncPlan;
  /** To be asked now; they are `asking` in the plan. */
  readonly ask: readonly MacAddress[];
}

/** A batch of which fewer come back than this stops the plan. */
const enough = 0.8;

/**
 * One step of a plan: who came back, whether the last batch allows another, and who is asked next. A batch is over when each
 * of its phones came back or had its time; only then the next one is chosen.
 */
export function stepResync(before: ResyncPlan, world: ResyncWorld): ResyncStep {
  if (before.state === "stopped" || before.state === "done") return { plan: before, ask: [] };
  const plan = judged(before, world);
  if (plan.phones.some((phone) => isUnderWay(phone))) return { plan: told(plan, undefined), ask: [] };
  const why = whyStop(plan);
  if (why !== undefined) return { plan: { ...plan, state: "stopped", words: why }, ask: [] };
  const waiting = plan.phones.filter((phone) => phone.state === "waiting");
  if (waiting.length === 0) return { plan: { ...told(plan, summary(plan)), state: "done" }, ask: [] };
  if (plan.state === "paused") return { plan, ask: [] };
  return nextBatch(plan, waiting, world);
}

/** Has been asked, or is being asked, and its time is not over. */
export function isUnderWay({ state }: ResyncPhone): boolean {
  return state === "asking" || state === "asked";
}

function judged(plan: ResyncPlan, { now, seen }: ResyncWorld): ResyncPlan {
  let changed = false;
  const phones = plan.phones.map((phone): ResyncPhone => {
    if (phone.state !== "asked") return phone;
    const askedAt = phone.askedAt ?? 0;
    const fetched = seen.get(phone.mac)?.configAt ?? 0;
    if (fetched <= askedAt && now - askedAt < plan.wish.limit) return phone;
    changed = true;
    return fetched > askedAt
      ? {
          ...phone,
          state: "back",
          words: `fetched its config ${Math.round((fetched - askedAt) / 1000)} s later`,
        }
      : { ...phone, state: "silent", words: `did not fetch its config within ${minutes(plan.wish.limit)}` };
  });
  return changed ? { ...plan, phones } : plan;
}

/** The last batch decides: what went wrong in it would go wrong in the next one. */
function whyStop({ phones, wish, forgiven }: ResyncPlan): string | undefined {
  const number = Math.max(0, ...phones.map(({ batch, state }) => (state === "waiting" ? 0 : (batch ?? 0))));
  const batch = phones.filter((phone) => phone.batch === number && phone.state !== "waiting");
  if (number <= forgiven || !phones.some(({ state }) => state === "waiting")) return undefined;
  const back = batch.filter(({ state }) => state === "back").length;
  if (back >= batch.length * enough) return undefined;
  const example = batch.find(({ state }) => state !== "back");
  const left = phones.filter(({ state }) => state === "waiting").length;
  return (
    `batch ${number}: ${back} of ${phonesInWords(batch.length)} fetched their config within ${minutes(wish.limit)}` +
    ` (${example?.mac}: ${example?.words ?? "silent"}); ${left} were not asked`
  );
}

function nextBatch(plan: ResyncPlan, waiting: readonly ResyncPhone[], world: ResyncWorld): ResyncStep {
  const { now, seen, elsewhere } = world;
  const { notBefore = 0, window, pace, perAddress } = plan.wish;
  if (now < notBefore) return idle(plan, `waits until ${new Date(notBefore).toISOString()}`);
  const open = waiting.filter(({ zone }) => window === undefined || isInWindow(window, now, zone));
  if (open.length === 0 && window !== undefined)
    return idle(plan, `waits for the window ${printDayWindow(window)}`);
  const ready = open.filter(({ againAt = 0 }) => againAt <= now);
  if (ready.length === 0) return idle(plan, `${phonesInWords(open.length)} busy: asked again`);
  const at = new Map<string, number>();
  for (const address of elsewhere) if (address !== "") at.set(address, (at.get(address) ?? 0) + 1);
  const chosen = new Set<MacAddress>();
  for (const { mac } of ready) {
    if (chosen.size + elsewhere.length >= pace) break;
    const address = seen.get(mac)?.address;
    const there = address === undefined ? 0 : (at.get(address) ?? 0);
    if (there >= perAddress) continue;
    if (address !== undefined) at.set(address, there + 1);
    chosen.add(mac);
  }
  if (chosen.size === 0) return idle(plan, "waits for phones that another plan has asked");
  const batch = Math.max(0, ...plan.phones.map((phone) => phone.batch ?? 0)) + 1;
  const phones = plan.phones.map((phone): ResyncPhone => {
    if (!chosen.has(phone.mac)) return phone;
    const { againAt: _again, words: _words, ...rest } = phone;
    return { ...rest, state: "asking", batch, askedAt: now };
  });
  return { plan: { ...told(plan, undefined), phones }, ask: [...chosen] };
}

function idle(plan: ResyncPlan, words: string): ResyncStep {
  return { plan: told(plan, words), ask: [] };
}

function told(plan: ResyncPlan, words: string | undefined): ResyncPlan {
  if (plan.words === words) return plan;
  const { words: _before, ...rest } = plan;
  return words === undefined ? rest : { ...rest, words };
}

function summary({ phones }: ResyncPlan): string {
  const back = phones.filter(({ state }) => state === "back").length;
  return `${back} of ${phonesInWords(phones.length)} fetched their config`;
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
