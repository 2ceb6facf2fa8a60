import { randomBytes } from "node:crypto";
import { answerChallenge, readChallenges, type DigestAccount } from "../../protocol/sip/digest.ts";
import { explainCheckSync } from "../../protocol/sip/check-sync.ts";
import { headerValue, type SipRequest, type SipResponse } from "../../protocol/sip/message.ts";
import { newBranch, retryRequest } from "../../protocol/sip/request.ts";
import { rfcTimers, type TransactionTimers } from "../../protocol/sip/transaction-timers.ts";
import { notifyRequest } from "./notify-request.ts";
import type { NotifyTarget } from "./notify-target.ts";
import { SipOverUdp, type SipEnd } from "./sip-over-udp.ts";

/** How the phone, or the PBX for it, took the NOTIFY. */
export type NotifyResult =
  | { readonly kind: "taken"; readonly words: string }
  /** In a call, or overloaded: again after so many ms. */
  | { readonly kind: "busy"; readonly after: number; readonly words: string }
  | { readonly kind: "refused"; readonly words: string };

/** A busy phone that does not say when is asked again after this, ms. */
const pauseWhenBusy = 60_000;
/** PBX and phone may both ask for a login, and a nonce may be stale once. */
const mostLogins = 3;

/** Sends one NOTIFY, answers challenges, and says how it went; the world's failing is a result. @throws the signal's reason. */
export async function sendNotify(
  target: NotifyTarget,
  event: string,
  options: { readonly signal: AbortSignal; readonly timers?: TransactionTimers },
): Promise<NotifyResult> {
  try {
    await using peer = await SipOverUdp.open(target.host, target.port);
    const end = await askWithLogin(peer, target, event, options.timers ?? rfcTimers, options.signal);
    return resultOf(end, target);
  } catch (error) {
    if (options.signal.aborted) throw error;
    return resultOf({ kind: "failed", code: codeOf(error) }, target);
  }
}

async function askWithLogin(
  peer: SipOverUdp,
  target: NotifyTarget,
  event: string,
  timers: TransactionTimers,
  signal: AbortSignal,
): Promise<SipEnd> {
  let request = notifyRequest(target, event, peer.local);
  const tried = new Map<string, DigestAccount[]>();
  for (let logins = 0; ; logins += 1) {
    const end = await peer.ask(request, timers, signal);
    if (end.kind !== "answer" || logins === mostLogins || !isChallenge(end.response)) return end;
    const next = withLogin(request, end.response, target, tried);
    if (next === undefined) return end;
    request = next;
  }
}

/** The request with an answer to each challenge; undefined where we have no further account to answer with. */
function withLogin(
  request: SipRequest,
  response: SipResponse,
  target: NotifyTarget,
  tried: Map<string, DigestAccount[]>,
): SipRequest | undefined {
  const credentials = readChallenges(response).challenges.flatMap((challenge) => {
    const realm = `${challenge.proxy} ${challenge.realm}`;
    const before = tried.get(realm) ?? [];
    const account = challenge.stale
      ? before.at(-1)
      : accountsOf(target).find((each) => !before.includes(each));
    if (account === undefined) return [];
    tried.set(realm, [...before, account]);
    const cnonce = randomBytes(8).toString("hex");
    return [answerChallenge(challenge, request, account, { cnonce, nonceCount: 1 })];
  });
  return credentials.length === 0 ? undefined : retryRequest(request, newBranch(randomBytes), credentials);
}

/** A phone behind a PBX asks with 401 like the PBX itself: realms do not tell who asks, so each account gets its turn. */
function accountsOf({ pbxAccount, phoneAccount }: NotifyTarget): DigestAccount[] {
  const all = [pbxAccount, phoneAccount].filter((account) => account !== undefined);
  return all.filter((account, index) => all.indexOf(account) === index);
}

function isChallenge({ code }: SipResponse): boolean {
  return code === 401 || code === 407;
}

function resultOf(end: SipEnd, { way, host, port }: NotifyTarget): NotifyResult {
  const who = way === "pbx" ? `the PBX at ${host}:${port}` : `the phone at ${host}:${port}`;
  if (end.kind === "timeout") return { kind: "refused", words: `${who} does not answer` };
  if (end.kind === "failed") return { kind: "refused", words: `${who} cannot be reached: ${end.code}` };
  const { code, reason } = end.response;
  const said = `${code} ${reason}`.trim();
  if (code < 300) return { kind: "taken", words: said };
  if (code === 486 || code === 600 || code === 503 || code === 480) {
    const seconds = Number.parseInt(headerValue(end.response, "Retry-After") ?? "", 10);
    const after = Number.isNaN(seconds) ? pauseWhenBusy : Math.min(seconds, 3600) * 1000;
    // 480 without a time is what a proxy says of a phone that is not registered: no use to wait for that.
    if (code !== 480 || !Number.isNaN(seconds)) return { kind: "busy", after, words: said };
  }
  return { kind: "refused", words: `${said} from ${who}${hintOf(code, way)}` };
}

function hintOf(code: number, way: NotifyTarget["way"]): string {
  const hint = explainCheckSync(code, way);
  return hint === "" ? "" : `: ${hint}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
