/** Which reports of an agent's epoch the store has: all up to `lastSeq`, but those in `gaps`. */
export interface Ledger {
  readonly epoch: string | undefined;
  /** Enrolled (again) and not heard since: whatever epoch comes is taken. */
  readonly open: boolean;
  readonly lastSeq: number;
  /** Ascending, never touching each other. */
  readonly gaps: readonly Gap[];
}

/** Sequence numbers that never came, both ends included. */
export interface Gap {
  readonly first: number;
  readonly last: number;
}

export type Taken =
  | { readonly kind: "taken"; readonly ledger: Ledger; readonly fresh: ReadonlySet<number> }
  | { readonly kind: "epoch-conflict"; readonly current: string };

/** An agent with more holes than this has its oldest ones closed: they are shown, and not waited for. */
const mostGaps = 1000;

/**
 * What a batch changes. `fresh` are the numbers to store; the others are there already and are acknowledged again.
 * A number inside a gap is fresh too: an acknowledged report is in the store, whatever order it came in.
 * An unknown epoch is taken when it names the stored one as its predecessor, or when none is stored (after enrolment).
 */
export function takeBatch(
  ledger: Ledger,
  batch: {
    readonly epoch: string;
    readonly previousEpoch?: string | undefined;
    readonly seqs: Iterable<number>;
  },
): Taken {
  const same = batch.epoch === ledger.epoch;
  if (!same && !ledger.open && ledger.epoch !== undefined && batch.previousEpoch !== ledger.epoch)
    return { kind: "epoch-conflict", current: ledger.epoch };
  let lastSeq = same ? ledger.lastSeq : 0;
  let gaps = same ? [...ledger.gaps] : [];
  const fresh = new Set<number>();
  for (const seq of [...new Set(batch.seqs)].toSorted((a, b) => a - b)) {
    if (seq > lastSeq) {
      if (seq > lastSeq + 1) gaps.push({ first: lastSeq + 1, last: seq - 1 });
      lastSeq = seq;
    } else {
      const hole = gaps.find((gap) => gap.first <= seq && seq <= gap.last);
      if (hole === undefined) continue;
      gaps = gaps.flatMap((gap) => (gap === hole ? without(gap, seq) : [gap]));
    }
    fresh.add(seq);
  }
  const next = { epoch: batch.epoch, open: false, lastSeq, gaps: gaps.slice(-mostGaps) };
  return { kind: "taken", ledger: next, fresh };
}

function without(gap: Gap, seq: number): Gap[] {
  const halves = [
    { first: gap.first, last: seq - 1 },
    { first: seq + 1, last: gap.last },
  ];
  return halves.filter(({ first, last }) => first <= last);
}
