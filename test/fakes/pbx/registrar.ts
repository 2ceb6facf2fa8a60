import { Secret } from "../../../protocol/secret.ts";
import { decodeAuthHeader, encodeAuthHeader } from "../../../protocol/sip/auth-header.ts";
import { checkCredentials, digestAlgorithm, digestHa1 } from "../../../protocol/sip/digest.ts";
import { headerValue, headerValues, type SipHeader, type SipRequest } from "../../../protocol/sip/message.ts";
import { decodeNameAddr, type NameAddr } from "../../../protocol/sip/name-addr.ts";
import type { ResponseParts } from "../../../protocol/sip/response.ts";
import { userOf } from "../../../protocol/sip/uri.ts";

export interface PbxAccount {
  readonly user: string;
  readonly password: string;
}

/** One phone that is logged in. */
export interface Registration {
  readonly user: string;
  /** The URI of its Contact. */
  readonly contact: string;
  readonly userAgent: string;
  /** Where its request came from. */
  readonly source: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

export interface RegistrarOptions {
  readonly realm: string;
  readonly accounts: readonly PbxAccount[];
  /** In the order they are offered, best first (RFC 8760 2.3). */
  readonly algorithms: readonly string[];
  readonly minExpires: number;
  /** How long a nonce is good, ms. */
  readonly nonceLife: number;
}

type Answer = Omit<ResponseParts, "toTag">;
export type Login =
  | { readonly ok: true; readonly user: string }
  | { readonly ok: false; readonly answer: Answer };

/** Digest logins and registrations; no clock and no socket of its own. */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #newNonce: () => string;
  readonly #nonces = new Map<string, number>();
  readonly #byContact = new Map<string, Registration>();

  constructor(options: RegistrarOptions, newNonce: () => string) {
    this.#options = options;
    this.#newNonce = newNonce;
  }

  /** Who is logged in now. */
  registrations(now: number): Registration[] {
    return [...this.#byContact.values()].filter((each) => each.expiresAt > now);
  }

  knows(user: string): boolean {
    return this.#account(user) !== undefined;
  }

  /** Checks the credentials of any request; without good ones, the 401 to answer. */
  login(request: SipRequest, now: number): Login {
    const header = headerValues(request, "Authorization")
      .map((value) => decodeAuthHeader(value))
      .find((each) => each.ok && each.value.parameters.get("realm") === this.#options.realm);
    if (header === undefined || !header.ok) return { ok: false, answer: this.#challenge(false, now) };
    const right = checkCredentials(request, header.value, (user, realm, algorithm) => {
      const account = this.#account(user);
      return account && digestHa1(algorithm, user, realm, new Secret(account.password));
    });
    if (!right) return { ok: false, answer: this.#challenge(false, now) };
    const issued = this.#nonces.get(header.value.parameters.get("nonce") ?? "");
    // The password is right and the nonce is not ours or too old: only then is it stale (RFC 7616 3.3).
    if (issued === undefined || now - issued > this.#options.nonceLife) {
      return { ok: false, answer: this.#challenge(true, now) };
    }
    return { ok: true, user: header.value.parameters.get("username") ?? "" };
  }

  /** Answers a REGISTER (RFC 3261 10.3). */
  register(request: SipRequest, source: string, now: number): Answer {
    const login = this.login(request, now);
    if (!login.ok) return login.answer;
    if (addressOfRecord(request) !== login.user) return { code: 403, reason: "That is another's account" };
    const contacts = headerValues(request, "Contact");
    const wanted = Number.parseInt(headerValue(request, "Expires") ?? "3600", 10);
    if (contacts[0] === "*") this.#removeAll(login.user);
    else {
      for (const text of contacts) {
        const refusal = this.#bind(text, wanted, login.user, request, source, now);
        if (refusal !== undefined) return refusal;
      }
    }
    return { code: 200, headers: this.#contactsOf(login.user, now) };
  }

  #bind(
    text: string,
    wanted: number,
    user: string,
    request: SipRequest,
    source: string,
    now: number,
  ): Answer | undefined {
    const contact = decodeNameAddr(text);
    if (!contact.ok) return { code: 400, reason: "Contact cannot be read" };
    const seconds = expiresOf(contact.value, wanted);
    const key = `${user} ${contact.value.uriText}`;
    if (seconds === 0) {
      this.#byContact.delete(key);
      return undefined;
    }
    if (seconds < this.#options.minExpires) {
      return { code: 423, headers: [{ name: "Min-Expires", value: String(this.#options.minExpires) }] };
    }
    this.#byContact.set(key, {
      user,
      contact: contact.value.uriText,
      userAgent: headerValue(request, "User-Agent") ?? "",
      source,
      expiresAt: now + seconds * 1000,
    });
    return undefined;
  }

  #removeAll(user: string): void {
    for (const [key, each] of this.#byContact) if (each.user === user) this.#byContact.delete(key);
  }

  #contactsOf(user: string, now: number): SipHeader[] {
    return this.registrations(now)
      .filter((each) => each.user === user)
      .map(({ contact, expiresAt }) => ({
        name: "Contact",
        value: `<${contact}>;expires=${Math.round((expiresAt - now) / 1000)}`,
      }));
  }

  #challenge(stale: boolean, now: number): Answer {
    for (const [nonce, issued] of this.#nonces) {
      if (now - issued > this.#options.nonceLife) this.#nonces.delete(nonce);
    }
    const nonce = this.#newNonce();
    this.#nonces.set(nonce, now);
    const headers = this.#options.algorithms.map((algorithm) => {
      if (digestAlgorithm(algorithm) === undefined) throw new Error(`no such algorithm: ${algorithm}`);
      const parameters = new Map([
        ["realm", this.#options.realm],
        ["nonce", nonce],
        ["qop", "auth"],
        ["algorithm", algorithm],
      ]);
      if (stale) parameters.set("stale", "true");
      return {
        name: "WWW-Authenticate",
        value: encodeAuthHeader({ scheme: "Digest", parameters }, "challenge"),
      };
    });
    return { code: 401, headers };
  }

  #account(user: string): PbxAccount | undefined {
    return this.#options.accounts.find((account) => account.user === user);
  }
}

function addressOfRecord(request: SipRequest): string | undefined {
  const to = decodeNameAddr(headerValue(request, "To") ?? "");
  return to.ok && to.value.uri.kind === "sip" ? userOf(to.value.uri) : undefined;
}

function expiresOf(contact: NameAddr, wanted: number): number {
  const own = contact.parameters.get("expires");
  const seconds = own === undefined || own === null ? wanted : Number.parseInt(own, 10);
  return Number.isNaN(seconds) ? 3600 : seconds;
}
