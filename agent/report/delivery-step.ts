import type { Secret } from "../../protocol/secret.ts";
import type { ServerReply } from "../io/server-link.ts";

// What goes to the server next, and what a reply changes: pure, on the monotonic clock (ms). deliver.ts does the rest.

/** One thing to send. */
export type Errand = "challenge" | "state" | "config" | "reports";

export interface Pace {
  /** A live state goes out this often, and at once on change but not closer than `stateGap`, ms. */
  readonly stateEvery: number;
  readonly stateGap: number;
  /** Between batches of reports, ms. */
  readonly batchGap: number;
  /** First pause after a connection was lost is up to this, ms, so that a fleet does not come back as one. */
  readonly reconnectSpread: number;
  readonly backOffStart: number;
  readonly backOffEnd: number;
  /** After `agent-revoked` and `epoch-conflict`, ms. */
  readonly refusedPause: number;
}

export const usualPace: Pace = {
  stateEvery: 60_000,
  stateGap: 5000,
  batchGap: 250,
  reconnectSpread: 60_000,
  backOffStart: 2000,
  backOffEnd: 300_000,
  refusedPause: 3_600_000,
};

export interface DeliveryState {
  readonly token?: Secret | undefined;
  /** Nothing goes out before. */
  readonly notBefore: number;
  readonly stateDue: number;
  readonly stateNotBefore: number;
  readonly reportsNotBefore: number;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** A reply has come since the start, so that a failure now is a lost connection. */
  readonly connected: boolean;
  /** Reports in a batch, at most. */
  readonly batch: number;
  /** Refusals of the report at the head, in a row. */
  readonly refusals: number;
  /** The config version that the server has. */
  readonly offeredConfig?: number | undefined;
  /** Live states that failed since a new config was put to use; undefined when it has proved itself. */
  readonly trialFailures?: number | undefined;
  /** Why the server refuses this agent altogether. */
  readonly shutOut?: "revoked" | "doubled" | undefined;
}

const mostInBatch = 100;
const refusalsToGiveUp = 3;
const trialFailuresToRevert = 2;

export function startDelivery(now: number): DeliveryState {
  return {
    notBefore: now,
    stateDue: now,
    stateNotBefore: now,
    reportsNotBefore: now,
    failures: 0,
    connected: false,
    batch: mostInBatch,
    refusals: 0,
  };
}

export interface World {
  readonly now: number;
  /** Findings or health differ from the last state sent. */
  readonly stateChanged: boolean;
  readonly reportsWaiting: boolean;
  readonly configVersion: number;
}

/** What to do now, or until when there is nothing to do. A live state goes before history, always. */
export function nextErrand(
  state: DeliveryState,
  world: World,
): { readonly errand: Errand } | { readonly waitUntil: number } {
  if (world.now < state.notBefore) return { waitUntil: state.notBefore };
  const stateAt = world.stateChanged ? Math.min(state.stateDue, state.stateNotBefore) : state.stateDue;
  const configWanted = state.offeredConfig !== undefined && state.offeredConfig !== world.configVersion;
  const anything = world.now >= stateAt || configWanted || world.reportsWaiting;
  if (anything && state.token === undefined) return { errand: "challenge" };
  if (world.now >= stateAt) return { errand: "state" };
  if (configWanted) return { errand: "config" };
  if (world.reportsWaiting && world.now >= state.reportsNotBefore) return { errand: "reports" };
  return { waitUntil: world.reportsWaiting ? Math.min(stateAt, state.reportsNotBefore) : stateAt };
}

/** What the caller has to do about a reply, beside keeping the new state. */
export type Effect = "none" | "take" | "set-head-aside" | "revert-config";

export interface Step {
  readonly state: DeliveryState;
  readonly effect: Effect;
}

/** What a reply to an errand changes. `random` is 0 ≤ x < 1; `token` is the one a challenge brought. */
export function afterReply(
  state: DeliveryState,
  errand: Errand,
  reply: ServerReply,
  chance: { readonly now: number; readonly random: number; readonly pace: Pace },
): Step {
  if (reply.kind === "failure") return afterFailure(state, errand, undefined, chance);
  if (reply.status >= 500 || reply.status === 429 || reply.status === 408)
    return afterFailure(heard(state, reply), errand, reply.retryAfter, chance);
  if (reply.status < 400) return { state: afterSuccess(heard(state, reply), errand, chance), effect: "take" };
  return afterRefusal(heard(state, reply), errand, reply, chance);
}

type Chance = Parameters<typeof afterReply>[3];
type Reply = Extract<ServerReply, { kind: "reply" }>;

function heard(state: DeliveryState, reply: Reply): DeliveryState {
  return reply.configVersion === undefined ? state : { ...state, offeredConfig: reply.configVersion };
}

function afterSuccess(state: DeliveryState, errand: Errand, { now, random, pace }: Chance): DeliveryState {
  const next = { ...state, failures: 0, connected: true, shutOut: undefined };
  switch (errand) {
    case "challenge":
      return next;
    case "state":
      return {
        ...next,
        stateDue: now + pace.stateEvery * (0.9 + 0.2 * random),
        stateNotBefore: now + pace.stateGap,
        trialFailures: undefined,
      };
    case "config":
      return next;
    case "reports":
      return {
        ...next,
        refusals: 0,
        batch: Math.min(mostInBatch, state.batch * 2),
        reportsNotBefore: now + pace.batchGap,
      };
  }
}

function afterFailure(
  state: DeliveryState,
  errand: Errand,
  retryAfter: number | undefined,
  { now, random, pace }: Chance,
): Step {
  const bound =
    state.connected && state.failures === 0
      ? pace.reconnectSpread
      : Math.min(pace.backOffEnd, pace.backOffStart * 2 ** state.failures);
  const pause = retryAfter === undefined ? random * bound : retryAfter * 1000 * (1 + 0.2 * random);
  const failed =
    (state.trialFailures ?? 0) + (errand === "state" && state.trialFailures !== undefined ? 1 : 0);
  const next = {
    ...state,
    failures: state.failures + 1,
    notBefore: now + pause,
    // How it is comes first when the server is back.
    stateDue: now,
    ...(state.trialFailures === undefined ? {} : { trialFailures: failed }),
  };
  if (failed < trialFailuresToRevert) return { state: next, effect: "none" };
  return { state: { ...next, trialFailures: undefined }, effect: "revert-config" };
}

function afterRefusal(state: DeliveryState, errand: Errand, reply: Reply, chance: Chance): Step {
  const { now, pace } = chance;
  if (reply.problem === "agent-revoked" || reply.problem === "epoch-conflict") {
    const shutOut = reply.problem === "agent-revoked" ? "revoked" : "doubled";
    const notBefore = now + pace.refusedPause;
    return { state: { ...state, token: undefined, shutOut, notBefore, stateDue: now }, effect: "none" };
  }
  if (reply.status === 401) return afterExpiry(state, errand, chance);
  if (errand !== "reports") return { state: afterPassing(state, errand, chance), effect: "none" };
  if (reply.status === 413 && state.batch > 1)
    return { state: { ...state, batch: Math.floor(state.batch / 2) }, effect: "none" };
  return afterBadBatch(state, chance);
}

/** A token that has ended is the usual way of things; one refused over and over is not. */
function afterExpiry(state: DeliveryState, errand: Errand, chance: Chance): Step {
  const without = { ...state, token: undefined };
  if (errand !== "challenge" && state.failures === 0)
    return { state: { ...without, failures: 1 }, effect: "none" };
  return afterFailure(without, errand, undefined, chance);
}

/** A state or config call that the server does not take: not worth more haste than the next one. */
function afterPassing(state: DeliveryState, errand: Errand, { now, pace }: Chance): DeliveryState {
  if (errand === "state")
    return { ...state, stateDue: now + pace.stateEvery, stateNotBefore: now + pace.stateGap };
  if (errand === "config") return { ...state, offeredConfig: undefined };
  return { ...state, notBefore: now + pace.backOffEnd };
}

/** Some report in the batch is at fault: send them one by one, and set a head aside that was refused three times. */
function afterBadBatch(state: DeliveryState, { now, random, pace }: Chance): Step {
  const alone = state.batch === 1;
  const refusals = alone ? state.refusals + 1 : 1;
  const reportsNotBefore = now + random * pace.backOffStart * 2 ** refusals;
  if (alone && refusals >= refusalsToGiveUp)
    return { state: { ...state, refusals: 0, reportsNotBefore: now }, effect: "set-head-aside" };
  return { state: { ...state, batch: 1, refusals, reportsNotBefore }, effect: "none" };
}

/** A new config is in use; two failed states in a row take it back. */
export function onTrial(state: DeliveryState): DeliveryState {
  return { ...state, trialFailures: 0 };
}
