import { mismatchSentence } from "../../protocol/decoded.ts";
import { decodeHealthReport, type HealthReport } from "../../protocol/health-report.ts";
import type { Observation } from "../../protocol/observation.ts";
import type { AgentRecord } from "../store/agents.ts";
import { CurrentObservations } from "../store/observations.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { Reports } from "../store/reports.ts";
import { takeBatch } from "./ledger.ts";
import { timeShift } from "./true-time.ts";

/** A batch as it came in; each report is judged by itself. */
export interface IncomingBatch {
  readonly epoch: string;
  readonly previousEpoch?: string | undefined;
  readonly sent: { readonly at: number; readonly mono: number; readonly bootId: string };
  readonly reports: readonly unknown[];
}

export type Ingested =
  | {
      readonly kind: "stored";
      readonly ackedSeq: number;
      readonly quarantined: readonly number[];
      readonly stored: number;
      readonly again: number;
    }
  | { readonly kind: "epoch-conflict"; readonly current: string }
  /** A report without a readable number can be neither stored nor acknowledged. */
  | { readonly kind: "no-seq"; readonly index: number };

type Judged =
  | { readonly seq: number; readonly report: HealthReport }
  | { readonly seq: number; readonly why: string; readonly body: string };

/**
 * Takes a batch into the store in one transaction; when this resolves, it is committed and may be acknowledged.
 * Promise: acknowledged = stored once (or in quarantine).
 */
export async function ingest(
  store: StoreHandle,
  agent: AgentRecord,
  batch: IncomingBatch,
): Promise<Ingested> {
  const judged = new Map<number, Judged>();
  for (const [index, raw] of batch.reports.entries()) {
    const each = judge(raw);
    if (each === undefined) return { kind: "no-seq", index };
    if (!judged.has(each.seq)) judged.set(each.seq, each);
  }
  return store.transaction((inside) => take(inside, agent, batch, judged));
}

function judge(raw: unknown): Judged | undefined {
  const seq: unknown = typeof raw === "object" && raw !== null && "seq" in raw ? raw.seq : undefined;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  const report = decodeHealthReport(raw);
  if (report.ok) return { seq, report: report.value };
  return { seq, why: mismatchSentence(report.why), body: JSON.stringify(raw) };
}

async function take(
  inside: StoreHandle,
  agent: AgentRecord,
  batch: IncomingBatch,
  judged: ReadonlyMap<number, Judged>,
): Promise<Ingested> {
  const ref = { tenant: agent.tenant, agent: agent.id };
  const reports = new Reports(inside);
  const ledger = await reports.ledger(ref);
  if (ledger === undefined) throw new Error(`agent ${agent.id} vanished from the store`);
  const { epoch, previousEpoch } = batch;
  const taken = takeBatch(ledger, { epoch, previousEpoch, seqs: judged.keys() });
  if (taken.kind === "epoch-conflict") return taken;
  const receivedAt = inside.now();
  const current: Observation[] = [];
  for (const seq of taken.fresh) {
    const each = judged.get(seq);
    if (each === undefined) continue;
    if ("report" in each) {
      const shift = timeShift(each.report, batch.sent, receivedAt);
      await reports.put(ref, agent.site, { epoch, receivedAt, shift, report: each.report });
      current.push(...each.report.observations.map(({ last }) => ({ ...last, at: last.at + shift })));
    } else await reports.quarantine(ref, { epoch, seq, receivedAt, why: each.why, body: each.body });
  }
  await new CurrentObservations(inside).put({ tenant: agent.tenant, site: agent.site }, agent.id, current);
  await reports.putLedger(ref, ledger, taken.ledger);
  const quarantined = [...judged.values()].filter((each) => "why" in each).map(({ seq }) => seq);
  const again = judged.size - taken.fresh.size;
  const stored = [...taken.fresh].filter((seq) => !quarantined.includes(seq)).length;
  return { kind: "stored", ackedSeq: taken.ledger.lastSeq, quarantined, stored, again };
}
