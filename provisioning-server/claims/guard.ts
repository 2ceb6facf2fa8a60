import { createHash } from "node:crypto";
import type { Answer } from "../../protocol/answer.ts";
import type { Credential, Door, PhoneRequest } from "../../protocol/phone-request.ts";
import { sourceOf } from "../doors/address-prefix.ts";
import { type Ban, Bans } from "./bans.ts";
import { type RefusalTime, refusalTime, startWait } from "./same-time.ts";
import { type AbuseKind, type Refused, Strangers } from "./strangers.ts";
import { Tarpit } from "./tarpit.ts";

/** A hostile attempt, to be written down. */
export interface Abuse {
  readonly kind: AbuseKind;
  /** The address as the socket has it. */
  readonly ip: string;
  readonly door?: Door;
  readonly mac?: string;
  /** Id of the request. */
  readonly req?: string;
}

export interface GuardOptions {
  /** ms since 1970. */
  readonly now: () => number;
  readonly tell: (abuse: Abuse) => void;
  /** This process shuts hostile sources out by itself; where fail2ban does it, not. */
  readonly ban: boolean;
  /** Addresses that are never shut out. */
  readonly ignored: (address: string) => boolean;
  readonly onBan?: (ban: Ban) => void;
  /** Somebody waits in the tarpit. */
  readonly onSlow?: () => void;
  /** Somebody who is shut out knocked. */
  readonly onBanned?: (door: Door | "staff" | "pnp") => void;
  readonly refusalTime?: RefusalTime;
  readonly tarpit?: Tarpit;
}

/**
 * Stands between the doors and the answers: refusals all take the same time, strangers who ask for one MAC after the
 * other wait, and hostile attempts are told and end in a ban. Phones that are let in pass through untouched.
 */
export class Guard {
  readonly #options: GuardOptions;
  readonly #strangers = new Strangers();
  readonly #tarpit: Tarpit;
  readonly #bans = new Bans();

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#tarpit = options.tarpit ?? new Tarpit();
  }

  /** Wraps what answers phones. */
  around(answer: (request: PhoneRequest) => Promise<Answer>): (request: PhoneRequest) => Promise<Answer> {
    return async (request) => {
      const wait = startWait(this.#options.refusalTime ?? refusalTime);
      try {
        const answered = await answer(request);
        if (answered.outcome === "file" && answered.claim !== "public") {
          this.#letIn(request, answered);
          return answered;
        }
        const slow = answered.outcome === "file" ? false : this.#refused(request, answered);
        await wait.over();
        if (slow) await this.#hold();
        return answered;
      } finally {
        wait.cancel();
      }
    };
  }

  /** A phone was let in from there before this process began. */
  remember(address: string, mac: string, at: number): void {
    this.#strangers.claimed(sourceOf(address), mac, at);
  }

  /** Tells of a hostile attempt, and bans whoever made one too many. */
  abuse(abuse: Abuse): void {
    const { tell, ban, ignored, now, onBan } = this.#options;
    tell(abuse);
    if (!ban || ignored(abuse.ip)) return;
    const made = this.#bans.count(sourceOf(abuse.ip), abuse.kind, now());
    if (made !== undefined) onBan?.(made);
  }

  /** What came was no path of a phone. */
  malformed(request: PhoneRequest): void {
    const source = sourceOf(request.address);
    const refused = { source, mac: undefined, unknown: true, malformed: true };
    const { abuse: kind } = this.#strangers.refused(refused, this.#options.now());
    if (kind !== undefined) this.abuse({ kind, ip: request.address, door: request.via, req: request.id });
  }

  /** Whether an address is shut out: it hears nothing at all. */
  readonly shutsOut = (address: string, door: Door | "staff" | "pnp"): boolean => {
    const { ban, now, onBanned } = this.#options;
    if (!ban || !this.#bans.has(sourceOf(address), now())) return false;
    onBanned?.(door);
    return true;
  };

  /** The bans in force, as the store has them. */
  putBans(bans: Iterable<Ban>): void {
    this.#bans.replace(bans);
  }

  /** Lets everybody go who waits: the server ends. */
  close(): void {
    this.#tarpit.empty();
  }

  async #hold(): Promise<void> {
    this.#options.onSlow?.();
    await this.#tarpit.hold();
  }

  #letIn(request: PhoneRequest, answer: Answer): void {
    const { mac } = answer.identity;
    if (mac !== undefined) this.#strangers.claimed(sourceOf(request.address), mac, this.#options.now());
  }

  #refused(request: PhoneRequest, answer: Exclude<Answer, { outcome: "file" }>): boolean {
    // A file that its family can miss, or that is not served: the same whoever asks, so that it tells nothing.
    if (answer.outcome === "no-such-file" && answer.identity.fileId !== undefined) return false;
    const refused = refusedOf(request, answer);
    const { slow, abuse: kind } = this.#strangers.refused(refused, this.#options.now());
    if (kind !== undefined) {
      const { mac } = refused;
      const about = { door: request.via, req: request.id, ...(mac === undefined ? {} : { mac }) };
      this.abuse({ kind, ip: request.address, ...about });
    }
    return slow;
  }
}

function refusedOf(request: PhoneRequest, answer: Exclude<Answer, { outcome: "file" }>): Refused {
  const wrong = wrongOf(request.credential);
  return {
    source: sourceOf(request.address),
    mac: answer.identity.mac,
    unknown: answer.outcome === "unknown-device",
    ...(wrong === undefined || answer.outcome === "no-such-file" ? {} : { wrong }),
  };
}

/** What was shown and did not help. A request that shows nothing (before a challenge, say) guesses nothing. */
function wrongOf(credential: Credential | undefined): Refused["wrong"] {
  switch (credential?.kind) {
    case undefined:
    case "certificate":
      return undefined;
    case "token":
      return { kind: "bad_token", digest: digestOf(credential.token.reveal()) };
    case "basic":
      return {
        kind: "bad_credentials",
        digest: digestOf(`${credential.user}\n${credential.password.reveal()}`),
      };
    case "digest":
      // A challenge that has aged is answered anew, without anybody's fault. Else each answer looks different.
      return credential.fresh
        ? { kind: "bad_credentials", digest: digestOf(credential.response.reveal()), everNew: true }
        : undefined;
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}
