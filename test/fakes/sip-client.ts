import { randomBytes } from "node:crypto";
import { systemClock } from "../../agent/io/clock.ts";
import { openSipChannel, type SipChannel } from "../../agent/io/sip/sip-channel.ts";
import { runSipTransaction } from "../../agent/io/sip/sip-transaction.ts";
import { openStream } from "../../agent/io/stream/stream.ts";
import { openUdp } from "../../agent/io/udp/udp.ts";
import { Secret } from "../../protocol/secret.ts";
import { answerChallenge, readChallenges } from "../../protocol/sip/digest.ts";
import { cseqOf, type SipRequest, type SipResponse } from "../../protocol/sip/message.ts";
import {
  buildRequest,
  newBranch,
  newCallId,
  newTag,
  retryRequest,
  type SipTransport,
} from "../../protocol/sip/request.ts";
import { rfcTimers } from "../../protocol/sip/transaction-timers.ts";

export interface AccountToRegister {
  readonly server: { readonly address: string; readonly port: number; readonly transport?: SipTransport };
  /** SIP domain; default the server's address. */
  readonly domain?: string;
  readonly user: string;
  /** User of the digest login, where it is another. */
  readonly authUser?: string;
  readonly password: string;
  /** Seconds; default 3600. */
  readonly expires?: number;
  readonly userAgent?: string;
}

export interface RegisterResult {
  readonly code: number;
  readonly reason: string;
}

/** A phone's login, held open: refresh it, or end it (`await using` removes it and closes the socket). */
export interface RegisteredAccount extends AsyncDisposable {
  readonly result: RegisterResult;
  register(expires: number): Promise<RegisterResult>;
}

/**
 * Logs an account in as a phone would: REGISTER, answer the challenge, REGISTER again. The result tells how it went.
 * @throws NodeJS.ErrnoException when no connection can be made; Error when nothing answers.
 */
export async function registerAccount(
  account: AccountToRegister,
  signal: AbortSignal,
): Promise<RegisteredAccount> {
  const { address, port, transport = "udp" } = account.server;
  const target = { transport, address, port, serverName: account.domain ?? address, timeout: 5000 };
  const channel = await openSipChannel({ clock: systemClock, openUdp, openStream }, target, signal);
  const login = new Login(account, channel, signal);
  try {
    return new Registered(login, await login.register(account.expires ?? 3600));
  } catch (error) {
    await channel[Symbol.asyncDispose]();
    throw error;
  }
}

class Registered implements RegisteredAccount {
  readonly result: RegisterResult;
  readonly #login: Login;

  constructor(login: Login, result: RegisterResult) {
    this.#login = login;
    this.result = result;
  }

  register(expires: number): Promise<RegisterResult> {
    return this.#login.register(expires);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#login.end();
  }
}

class Login {
  readonly #account: AccountToRegister;
  readonly #channel: SipChannel;
  readonly #signal: AbortSignal;
  readonly #callId = newCallId(randomBytes);
  readonly #tag = newTag(randomBytes);
  #cseq = 0;

  constructor(account: AccountToRegister, channel: SipChannel, signal: AbortSignal) {
    this.#account = account;
    this.#channel = channel;
    this.#signal = signal;
  }

  async register(expires: number): Promise<RegisterResult> {
    let request = this.#request(expires);
    let response = await this.#ask(request);
    for (let tries = 0; tries < 2 && (response.code === 401 || response.code === 407); tries += 1) {
      const { challenges } = readChallenges(response);
      if (challenges.length === 0 || (tries > 0 && !challenges.some(({ stale }) => stale))) break;
      const credentials = challenges.map((challenge) =>
        answerChallenge(challenge, request, this.#credentials(), {
          cnonce: randomBytes(8).toString("hex"),
          nonceCount: 1,
        }),
      );
      request = retryRequest(request, newBranch(randomBytes), credentials);
      response = await this.#ask(request);
    }
    return { code: response.code, reason: response.reason };
  }

  /** Takes the registration back, if that still works, and closes. */
  async end(): Promise<void> {
    if (!this.#signal.aborted) await this.register(0).catch(() => undefined);
    await this.#channel[Symbol.asyncDispose]();
  }

  #credentials() {
    return {
      user: this.#account.authUser ?? this.#account.user,
      password: new Secret(this.#account.password),
    };
  }

  #request(expires: number): SipRequest {
    const { user, server, userAgent = "Example Phone 1.0" } = this.#account;
    const domain = this.#account.domain ?? server.address;
    return buildRequest({
      method: "REGISTER",
      uri: `sip:${domain}`,
      transport: this.#channel.transport,
      local: this.#channel.local,
      from: `sip:${user}@${domain}`,
      to: `sip:${user}@${domain}`,
      callId: this.#callId,
      fromTag: this.#tag,
      cseq: this.#cseq + 1,
      branch: newBranch(randomBytes),
      contactUser: user,
      userAgent,
      headers: [{ name: "Expires", value: String(expires) }],
    });
  }

  async #ask(request: SipRequest): Promise<SipResponse> {
    this.#cseq = cseqOf(request)?.number ?? this.#cseq;
    const options = { timers: rfcTimers, clock: systemClock };
    const { end } = await runSipTransaction(this.#channel, request, options, this.#signal);
    if (end.kind === "final") return end.response;
    throw new Error(`no answer to ${request.method}: ${end.kind}`);
  }
}
