import { randomBytes } from "node:crypto";
import type { DigestAccount } from "../../../protocol/sip/digest.ts";
import {
  headerValue,
  headerValues,
  type SipRequest,
  type SipResponse,
} from "../../../protocol/sip/message.ts";
import { decodeNameAddr } from "../../../protocol/sip/name-addr.ts";
import { buildRequest, newBranch, newCallId, newTag } from "../../../protocol/sip/request.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { escapeUser, printHostPort } from "../../../protocol/sip/uri.ts";
import type { Clock } from "../../io/clock.ts";
import type { SipChannel } from "../../io/sip/sip-channel.ts";
import { runSipTransaction } from "../../io/sip/sip-transaction.ts";
import { askWithLogin, type AskedWithLogin } from "../sip-agent/ask-with-login.ts";
import { Login } from "../sip-agent/login.ts";

export interface RegistrationParts {
  readonly user: string;
  readonly authUser?: string;
  readonly domain: string;
  readonly account: DigestAccount | undefined;
  /** Seconds to ask for. */
  readonly expires: number;
  readonly beside: boolean;
  readonly second: boolean;
  readonly timers: TransactionTimers;
  readonly clock: Clock;
}

/** One device that a registrar knows for the account. */
export interface Binding {
  readonly uri: string;
  /** Seconds left. */
  readonly expires: number | undefined;
  readonly ours: boolean;
}

/** How a whole registration went; later steps are absent where an earlier one made them pointless. */
export interface RegistrationRun {
  /** Who is there: a REGISTER without Contact (RFC 3261 10.2.3). */
  readonly query: AskedWithLogin;
  readonly register?: AskedWithLogin;
  /** What a 423 wants at least, s. */
  readonly minExpires?: number;
  /** The same once more, with the nonce of before counted up. */
  readonly refresh?: AskedWithLogin;
  readonly nonceReused?: boolean;
  readonly second?: AskedWithLogin;
  readonly remove?: AskedWithLogin;
}

const userAgent = "Offhook (SIP probe)";

/** Query, register, refresh, remove. What was registered is taken back, also when it is called off. @throws the signal's reason. */
export async function runRegistration(
  channel: SipChannel,
  parts: RegistrationParts,
  io: { readonly say: (progress: string) => void },
  signal: AbortSignal,
): Promise<RegistrationRun> {
  const device = new RegisteringDevice(channel, parts, "offhook");
  const query = await device.ask(undefined, signal);
  const busy = bindingsOf(query, []).length > 0;
  if (!passed(query) || (busy && !parts.beside)) return { query };
  io.say(`registering ${parts.user}`);
  try {
    const steps = await registerAndRefresh(device, parts, signal);
    if (!parts.second || !passed(steps.register))
      return { query, ...steps, ...(await removeOf(device, steps, signal)) };
    const other = new RegisteringDevice(channel, parts, "offhook-2");
    const second = await other.ask(parts.expires, signal);
    await other.ask(0, signal);
    return { query, ...steps, second, ...(await removeOf(device, steps, signal)) };
  } catch (error) {
    // Called off half-way: no device that does not exist may stay registered.
    if (signal.aborted) await device.ask(0, AbortSignal.timeout(1500)).catch(() => undefined);
    throw error;
  }
}

type Steps = Pick<RegistrationRun, "minExpires" | "refresh" | "nonceReused"> & {
  readonly register: AskedWithLogin;
};

async function registerAndRefresh(
  device: RegisteringDevice,
  parts: RegistrationParts,
  signal: AbortSignal,
): Promise<Steps> {
  let register = await device.ask(parts.expires, signal);
  const minExpires = minExpiresOf(register);
  const least = minExpires === undefined ? {} : { minExpires };
  if (minExpires !== undefined) register = await device.ask(minExpires, signal);
  if (!passed(register)) return { register, ...least };
  const before = device.login.nonceCount;
  const refresh = await device.ask(minExpires ?? parts.expires, signal);
  if (before === 0) return { register, refresh, ...least };
  return { register, refresh, ...least, nonceReused: device.login.nonceCount > before && passed(refresh) };
}

async function removeOf(device: RegisteringDevice, { register }: Steps, signal: AbortSignal) {
  return passed(register) ? { remove: await device.ask(0, signal) } : {};
}

/** One device: a Call-ID, a Contact, and numbers that count up. */
class RegisteringDevice {
  readonly login: Login;
  readonly #channel: SipChannel;
  readonly #parts: RegistrationParts;
  readonly #contactUser: string;
  readonly #callId = newCallId(randomBytes);
  readonly #tag = newTag(randomBytes);
  #cseq = 0;

  constructor(channel: SipChannel, parts: RegistrationParts, contactUser: string) {
    this.#channel = channel;
    this.#parts = parts;
    this.#contactUser = contactUser;
    this.login = new Login(parts.account);
  }

  /** Registers for so many seconds; 0 removes, undefined asks who is there. */
  async ask(expires: number | undefined, signal: AbortSignal): Promise<AskedWithLogin> {
    const asked = await askWithLogin(this.#request(expires), this.login, (request) =>
      runSipTransaction(this.#channel, request, this.#parts, signal),
    );
    this.#cseq = Number(/^\d+/.exec(headerValue(asked.request, "CSeq") ?? "")?.[0] ?? this.#cseq);
    return asked;
  }

  #request(expires: number | undefined): SipRequest {
    const { user, domain } = this.#parts;
    const place = printHostPort(domain, undefined);
    const address = `sip:${escapeUser(user)}@${place}`;
    const request = buildRequest({
      method: "REGISTER",
      uri: `sip:${place}`,
      transport: this.#channel.transport,
      local: this.#channel.local,
      from: address,
      to: address,
      callId: this.#callId,
      fromTag: this.#tag,
      cseq: this.#cseq + 1,
      branch: newBranch(randomBytes),
      contactUser: this.#contactUser,
      userAgent,
      headers: expires === undefined ? [] : [{ name: "Expires", value: String(expires) }],
    });
    if (expires !== undefined) return request;
    return { ...request, headers: request.headers.filter(({ name }) => name !== "Contact") };
  }
}

/** The answer, when there was a final one. */
export function responseOf(asked: AskedWithLogin): SipResponse | undefined {
  return asked.exchange.end.kind === "final" ? asked.exchange.end.response : undefined;
}

/** A 2xx. */
export function passed(asked: AskedWithLogin): boolean {
  const code = responseOf(asked)?.code ?? 0;
  return code >= 200 && code < 300;
}

function minExpiresOf(asked: AskedWithLogin): number | undefined {
  const response = responseOf(asked);
  if (response?.code !== 423) return undefined;
  const seconds = Number(headerValue(response, "Min-Expires"));
  return Number.isInteger(seconds) && seconds > 0 && seconds <= 86_400 ? seconds : undefined;
}

/** The devices in a 200; `ours` are the URIs that we registered. */
export function bindingsOf(asked: AskedWithLogin, ours: readonly string[]): Binding[] {
  const response = responseOf(asked);
  if (response === undefined || !passed(asked)) return [];
  const whole = Number(headerValue(response, "Expires"));
  return headerValues(response, "Contact").flatMap((value) => {
    const contact = decodeNameAddr(value);
    if (!contact.ok) return [];
    const own = Number(contact.value.parameters.get("expires") ?? whole);
    const { uriText: uri } = contact.value;
    return [{ uri, expires: Number.isFinite(own) ? own : undefined, ours: ours.includes(uri) }];
  });
}

/** The URI that a request registered. */
export function contactOf(asked: AskedWithLogin): string {
  const contact = decodeNameAddr(headerValue(asked.request, "Contact") ?? "");
  return contact.ok ? contact.value.uriText : "";
}
