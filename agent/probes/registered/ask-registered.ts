import { randomBytes } from "node:crypto";
import type { DigestAccount } from "../../../protocol/sip/digest.ts";
import { headerValue, type SipRequest, type SipResponse } from "../../../protocol/sip/message.ts";
import { decodeRegInfo, type RegInfo } from "../../../protocol/sip/reg-info.ts";
import { buildRequest, newBranch, newCallId, newTag } from "../../../protocol/sip/request.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { escapeUser, printHostPort } from "../../../protocol/sip/uri.ts";
import type { Clock } from "../../io/clock.ts";
import type { SipChannel } from "../../io/sip/sip-channel.ts";
import { runSipTransaction } from "../../io/sip/sip-transaction.ts";
import { bindingsOf, passed, responseOf } from "../registration/run-registration.ts";
import { askWithLogin, type AskedWithLogin } from "../sip-agent/ask-with-login.ts";
import { Login } from "../sip-agent/login.ts";

export interface RegisteredParts {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly domain: string;
  readonly account: DigestAccount | undefined;
  readonly timers: TransactionTimers;
  readonly clock: Clock;
}

/** What was asked, and what proves that the phone is there, or not. */
export interface RegisteredAsked {
  /** The request whose answer counts. */
  readonly main: AskedWithLogin;
  readonly method: string;
  /** Undefined: nothing proves it either way. */
  readonly registered: boolean | undefined;
  /** Who said so, or why nobody did. */
  readonly evidence: string;
}

/** Asks in the order of proof, until something proves it. @throws the signal's reason. */
export async function askRegistered(
  channel: SipChannel,
  parts: RegisteredParts,
  io: { readonly say: (progress: string) => void },
  signal: AbortSignal,
): Promise<RegisteredAsked> {
  const asker = new Asker(channel, parts, signal);
  const ways = [
    ...(parts.account === undefined ? [] : [() => asker.registrar()]),
    () => asker.regEvent(),
    () => asker.throughServer(),
  ];
  const asked: RegisteredAsked[] = [];
  for (const way of ways) {
    io.say(`asking who is registered as ${parts.user}`);
    const one = await way();
    asked.push(one);
    // A server may pass over SUBSCRIBE, but not over REGISTER.
    const silent = one.method === "REGISTER" && responseOf(one.main) === undefined;
    if (one.registered !== undefined || silent) break;
  }
  const evidence = asked.map((one) => one.evidence).join("; ");
  // What a server says to REGISTER or OPTIONS tells of itself; that it knows no SUBSCRIBE tells nothing.
  const last =
    asked.findLast((one) => one.registered !== undefined) ??
    asked.find(({ method }) => method !== "SUBSCRIBE");
  if (last === undefined) throw new Error("there is always one way to ask");
  return last.registered === undefined ? { ...last, evidence } : last;
}

class Asker {
  readonly #channel: SipChannel;
  readonly #parts: RegisteredParts;
  readonly #signal: AbortSignal;

  constructor(channel: SipChannel, parts: RegisteredParts, signal: AbortSignal) {
    this.#channel = channel;
    this.#parts = parts;
    this.#signal = signal;
  }

  /** A REGISTER without Contact asks who is there (RFC 3261 10.2.3): the registrar's own list. */
  async registrar(): Promise<RegisteredAsked> {
    const main = await this.#ask("REGISTER", `sip:${printHostPort(this.#parts.domain, undefined)}`);
    const method = "REGISTER";
    if (!passed(main)) return { main, method, registered: undefined, evidence: `registrar: ${saidOf(main)}` };
    const contacts = bindingsOf(main, []).map(({ uri }) => uri);
    const list = contacts.length === 0 ? "nobody" : contacts.join(", ");
    return { main, method, registered: contacts.length > 0, evidence: `the registrar lists ${list}` };
  }

  /** One look at the reg event (RFC 3680): a subscription that ends as it begins (RFC 6665 4.4.3). */
  async regEvent(): Promise<RegisteredAsked> {
    const main = await this.#ask("SUBSCRIBE", this.#address(), [
      { name: "Event", value: "reg" },
      { name: "Accept", value: "application/reginfo+xml" },
      { name: "Expires", value: "0" },
    ]);
    const method = "SUBSCRIBE";
    const none = (why: string) => ({ main, method, registered: undefined, evidence: `reg event: ${why}` });
    if (!passed(main)) return none(saidOf(main));
    const info = await this.#notified(headerValue(main.request, "Call-ID") ?? "");
    if (info === undefined) return none("taken, and no NOTIFY came");
    const list = info.contacts.length === 0 ? info.state : info.contacts.join(", ");
    return { main, method, registered: info.contacts.length > 0, evidence: `the reg event says ${list}` };
  }

  /** Waits for the NOTIFY of our subscription, and answers it. */
  async #notified(callId: string): Promise<RegInfo | undefined> {
    const { clock, timers } = this.#parts;
    const end = clock.mono() + timers.giveUp;
    for (let left = timers.giveUp; left > 0; left = end - clock.mono()) {
      const event = await this.#channel.next(left, this.#signal);
      const message = event?.kind === "message" ? event.received.message : undefined;
      if (message?.kind !== "request" || message.method !== "NOTIFY") continue;
      if (headerValue(message, "Call-ID") !== callId) continue;
      const answer = { code: 200, toTag: newTag(randomBytes) };
      await this.#channel.send(buildResponse(message, this.#channel.local, answer));
      const read = decodeRegInfo(Buffer.from(message.body).toString());
      return read.ok ? read.value : undefined;
    }
    return undefined;
  }

  /** OPTIONS to the account: what the server alone cannot say is the phone's word; 480 is the server's "not there". */
  async throughServer(): Promise<RegisteredAsked> {
    const method = "OPTIONS";
    const main = await this.#ask(method, this.#address());
    const own = await this.#ask(method, `sip:${printHostPort(this.#parts.domain, undefined)}`);
    const [there, server] = [agentOf(responseOf(main)), agentOf(responseOf(own))];
    const code = responseOf(main)?.code ?? 0;
    // Servers say 404 of a number they do not know and of one that is not registered: that proves nothing.
    if (code === 480) return { main, method, registered: false, evidence: "the server answers 480 for it" };
    if (passed(main) && there !== undefined && server !== undefined && there !== server)
      return { main, method, registered: true, evidence: `"${there}" answers through the server` };
    const word = passed(main) ? "200 as by the server itself" : saidOf(main);
    return { main, method, registered: undefined, evidence: `OPTIONS through the server: ${word}` };
  }

  #address(): string {
    return `sip:${escapeUser(this.#parts.user)}@${printHostPort(this.#parts.domain, undefined)}`;
  }

  async #ask(method: string, uri: string, headers: SipRequest["headers"] = []): Promise<AskedWithLogin> {
    const address = this.#address();
    const built = buildRequest({
      method,
      uri,
      transport: this.#channel.transport,
      local: this.#channel.local,
      from: address,
      to: method === "OPTIONS" ? uri : address,
      callId: newCallId(randomBytes),
      fromTag: newTag(randomBytes),
      cseq: 1,
      branch: newBranch(randomBytes),
      contactUser: "offhook",
      userAgent: "Offhook (SIP probe)",
      headers,
    });
    const request =
      method === "REGISTER"
        ? { ...built, headers: built.headers.filter(({ name }) => name !== "Contact") }
        : built;
    return askWithLogin(request, new Login(this.#parts.account), (each) =>
      runSipTransaction(this.#channel, each, this.#parts, this.#signal),
    );
  }
}

function saidOf(asked: AskedWithLogin): string {
  const response = responseOf(asked);
  return response === undefined ? "no answer" : `${response.code} ${response.reason}`.trim();
}

function agentOf(response: SipResponse | undefined): string | undefined {
  if (response === undefined) return undefined;
  return headerValue(response, "User-Agent") ?? headerValue(response, "Server");
}
