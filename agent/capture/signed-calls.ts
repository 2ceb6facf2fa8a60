import type { Observation } from "../../protocol/observation.ts";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { headerValue } from "../../protocol/sip/message.ts";
import { checkIdentity, type IdentityCheck } from "../stir/check-identity.ts";
import { identityLine } from "../stir/identity-line.ts";
import { remark, type Remark } from "./remark.ts";
import type { Passage } from "./seen-message.ts";

/** Calls whose signed number is kept: each may ask some server for a certificate. */
const most = 100;

/** What a call's Identity header says, as observations of `call:<Call-ID>` and as a sentence. */
export interface SignedCall {
  readonly callId: string;
  readonly observations: readonly Observation[];
  readonly remark: Remark;
}

interface SignedInvite {
  readonly text: string;
  readonly number: number;
  /** ms since 1970. */
  readonly at: number;
}

/** The first INVITE with an Identity header (RFC 8224) of each call; calls inside a site are unsigned, and no fault. */
export class SignedCalls {
  readonly #invites = new Map<string, SignedInvite>();

  take(callId: string, { number, at }: Passage, octets: Buffer): void {
    if (this.#invites.size >= most || this.#invites.has(callId)) return;
    if (octets.toString("latin1", 0, 7) !== "INVITE ") return;
    const read = decodeSip(octets, { fields: false });
    if (!read.ok || headerValue(read.value.message, "Identity") === undefined) return;
    this.#invites.set(callId, { text: octets.toString("utf8"), number, at });
  }

  /** As of the time of each call. Without `check` nothing is fetched, and the signatures stay unproven. */
  async check(check?: Omit<IdentityCheck, "at">): Promise<SignedCall[]> {
    return Promise.all([...this.#invites].map(([callId, invite]) => lookAt(callId, invite, check)));
  }
}

const notAsked: Omit<IdentityCheck, "at"> = {
  roots: [],
  fetch: () => Promise.resolve({ ok: false, why: "not asked for" }),
};

async function lookAt(
  callId: string,
  { text, number, at }: SignedInvite,
  check: Omit<IdentityCheck, "at"> | undefined,
): Promise<SignedCall> {
  const all = await checkIdentity(text, { ...(check ?? notAsked), at });
  const seen = check === undefined ? all.filter(({ key }) => key !== "stir.certificate") : all;
  const unproven = check === undefined ? " (--identity fetches its certificate and checks it)" : "";
  return {
    callId,
    observations: seen.map((each) => ({ ...each, evidence: `packet ${number}` })),
    remark: remark(false, `Signed number: ${identityLine(seen)}${unproven}.`, [number]),
  };
}
