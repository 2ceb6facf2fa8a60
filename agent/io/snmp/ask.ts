import type { Outcome } from "../../../protocol/observation.ts";
import type { Secret } from "../../../protocol/secret.ts";
import type { SnmpPdu } from "./message.ts";
import type { Arcs } from "./oid.ts";
import type { SnmpV3User } from "./v3-user.ts";

interface Place {
  /** Numeric: a name would be looked up again for every datagram. */
  readonly host: string;
  readonly port: number;
  /** Other addresses of the same agent: one with several sends from whichever it likes. */
  readonly answersFrom?: readonly string[];
  /** Milliseconds to wait after each transmission; its length is how often a request is sent. */
  readonly timeouts: readonly number[];
}

/** An agent asked by community, as v1 and v2c do. */
export interface CommunityTarget extends Place {
  readonly version: "1" | "2c";
  readonly community: Secret;
}

/** An agent asked as a user (RFC 3414). */
export interface UserTarget extends Place {
  readonly version: "3";
  readonly v3: SnmpV3User;
}

/** One agent to ask. */
export type SnmpTarget = CommunityTarget | UserTarget;

export interface SnmpRequest {
  readonly type: "get" | "get-next" | "get-bulk" | "set";
  readonly oids: readonly Arcs[];
  /** GETBULK: how many rows of each column. */
  readonly repetitions?: number;
  /** SET: an INTEGER for each OID. */
  readonly integers?: readonly number[];
}

/** The world failing, with what was seen meanwhile. */
export interface SnmpFailure {
  readonly outcome: Outcome;
  readonly why: string;
}

export type SnmpReply =
  | { readonly ok: true; readonly pdu: SnmpPdu }
  | { readonly ok: false; readonly failure: SnmpFailure };

/** Datagrams that were no answer to anything asked. */
export interface SnmpDropped {
  garbled: number;
  stray: number;
}
