import { randomBytes } from "node:crypto";
import {
  answerChallenge,
  readChallenges,
  type ChallengesRead,
  type DigestAccount,
  type DigestChallenge,
} from "../../../protocol/sip/digest.ts";
import type { SipHeader, SipRequest, SipResponse } from "../../../protocol/sip/message.ts";

/** The digest login of one account at one server: the last challenge of each realm, and how often its nonce was used. */
export class Login {
  readonly account: DigestAccount | undefined;
  #challenges: readonly DigestChallenge[] = [];
  #nonceCount = 0;

  constructor(account: DigestAccount | undefined) {
    this.account = account;
  }

  /** The challenges in force; empty before the first. */
  get challenges(): readonly DigestChallenge[] {
    return this.#challenges;
  }

  /** How many requests carried the nonce in force. */
  get nonceCount(): number {
    return this.#nonceCount;
  }

  /** Takes the challenges of a 401 or 407: new nonces start to count anew. */
  learn(response: SipResponse): ChallengesRead {
    const read = readChallenges(response);
    if (read.challenges.length > 0) {
      this.#challenges = read.challenges;
      this.#nonceCount = 0;
    }
    return read;
  }

  /** Credentials for this request by the challenges in force; none without an account or a challenge. */
  credentialsFor(request: SipRequest): readonly SipHeader[] {
    const { account } = this;
    if (account === undefined || this.#challenges.length === 0) return [];
    this.#nonceCount += 1;
    const once = { cnonce: randomBytes(8).toString("hex"), nonceCount: this.#nonceCount };
    return this.#challenges.map((challenge) => answerChallenge(challenge, request, account, once));
  }
}
