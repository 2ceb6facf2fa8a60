import { decodeAuthHeader } from "../../../protocol/sip/auth-header.ts";
import { headerValues, type SipResponse } from "../../../protocol/sip/message.ts";
import { judgeCredentials, type KnownAccount } from "../../../protocol/sip/judge-credentials.ts";
import type { AskedWithLogin } from "./ask-with-login.ts";

/** Why a login may have been refused, most telling first; passwords never enter it. */
export interface Refusal {
  /** `server-record`, `realm`, `realm-changed`, `user`, `algorithm`, `pool`, `no-algorithm`. */
  readonly cause: string;
  readonly sentences: readonly string[];
}

/**
 * Explains a second 401 by what stood in both challenges and by computing our own digest again (an altered header on the
 * way shows so). Undefined where nothing was refused.
 */
export function explainRefusal(asked: AskedWithLogin, account: KnownAccount): Refusal | undefined {
  if (asked.stage === "challenged" && asked.unsupported.length > 0) {
    const sentence = `the server asks for ${asked.unsupported.join(", ")}, which nobody here can answer`;
    return { cause: "no-algorithm", sentences: [sentence] };
  }
  const { challenge, again } = asked;
  if (challenge === undefined || again === undefined) return undefined;
  if (asked.stage === "stale") {
    const sentence =
      "it called a nonce that it had just given too old: servers of a pool that do not share nonces";
    return { cause: "pool", sentences: [sentence] };
  }
  const realm = fieldOf(challenge, "realm");
  const judged = judgeCredentials(asked.request, account, realm);
  const computed =
    judged.cause === "right"
      ? `computed again for user ${account.authUser ?? account.user}, realm "${realm}", ${fieldOf(challenge, "algorithm") || "MD5"}: what was sent is right for the password known here, so the server's record holds a different password or realm, or not this user`
      : judged.sentence;
  const clues = [
    ...realmClues(challenge, again, account),
    ...userClues(account),
    ...otherClues(challenge, again),
  ];
  const first = clues[0];
  return {
    cause: first?.cause ?? (judged.cause === "right" ? "server-record" : judged.cause),
    sentences: [computed, ...clues.map(({ sentence }) => sentence)],
  };
}

interface Clue {
  readonly cause: string;
  readonly sentence: string;
}

function realmClues(challenge: SipResponse, again: SipResponse, account: KnownAccount): Clue[] {
  const [before, after] = [fieldOf(challenge, "realm"), fieldOf(again, "realm")];
  if (before !== after) {
    const sentence = `the realm changed from "${before}" to "${after}": two servers, or two logins, on the way`;
    return [{ cause: "realm-changed", sentence }];
  }
  if (before.toLowerCase() === account.domain.toLowerCase()) return [];
  const sentence = `its realm "${before}" is not the domain "${account.domain}": a record made for the domain's realm has a different hash`;
  return [{ cause: "realm", sentence }];
}

function userClues({ user, authUser }: KnownAccount): Clue[] {
  if (authUser !== undefined && authUser !== user) {
    return [
      {
        cause: "user",
        sentence: `the login "${authUser}" is not the account's user "${user}": one of them may be unknown there`,
      },
    ];
  }
  if (!user.includes("@")) return [];
  return [{ cause: "user", sentence: `the user "${user}" holds an @: most servers want the part before it` }];
}

// The same nonce twice is no clue: servers that make it of the time send the same one within a second (kamailio does).
function otherClues(challenge: SipResponse, again: SipResponse): Clue[] {
  const clues: Clue[] = [];
  const [before, after] = [algorithmsOf(challenge), algorithmsOf(again)];
  if (before.join() !== after.join()) {
    const sentence = `it offered ${before.join(", ")} first and ${after.join(", ")} then: its record may lack a hash for the first`;
    clues.push({ cause: "algorithm", sentence });
  }
  return clues;
}

function challengesOf(response: SipResponse) {
  return ["WWW-Authenticate", "Proxy-Authenticate"]
    .flatMap((name) => headerValues(response, name))
    .flatMap((value) => {
      const read = decodeAuthHeader(value);
      return read.ok ? [read.value] : [];
    });
}

function fieldOf(response: SipResponse, name: string): string {
  return challengesOf(response)[0]?.parameters.get(name) ?? "";
}

/** The algorithms that a server offers, in its order. */
export function algorithmsOf(response: SipResponse): string[] {
  return challengesOf(response).map(({ scheme, parameters }) =>
    scheme.toLowerCase() === "digest" ? (parameters.get("algorithm") ?? "MD5") : scheme,
  );
}

/** What a server offers as qop; empty for the old formula alone. */
export function qopOf(response: SipResponse): string {
  return fieldOf(response, "qop");
}
