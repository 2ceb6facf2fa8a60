import type { AnnouncedMedia } from "./announced-media.ts";
import type { Leak } from "./nat-leaks.ts";
import type { Hop, SipCarrier } from "./seen-message.ts";

/** One step of a ladder: a message as it went from host to host. */
export interface LadderStep {
  readonly number: number;
  readonly at: number;
  readonly source: string;
  readonly destination: string;
  /** `INVITE`, `200 OK`. */
  readonly label: string;
  /** What stands beside it: codecs, Session-Expires, that it is sent again. */
  readonly note: string;
  /** Number of the packet of which this is a repetition. */
  readonly repeats?: number;
}

export interface FinalResponse {
  readonly code: number;
  readonly reason: string;
  readonly number: number;
  readonly at: number;
  readonly source: string;
  readonly hop?: Hop;
}

/** One request over one hop, with all that was said to it. */
export interface Exchange {
  /** Of the top Via: one per hop. */
  readonly branch: string;
  readonly method: string;
  readonly cseq: number;
  readonly number: number;
  readonly at: number;
  readonly source: string;
  readonly destination: string;
  readonly carrier: SipCarrier;
  readonly hop?: Hop;
  /** Whether it carried credentials. */
  readonly withCredentials: boolean;
  /** Packets that sent the request again. */
  readonly again: number[];
  /** Of those, the ones that came after an answer had gone by. */
  readonly againAnswered: number[];
  /** Packets that sent the final response again. */
  readonly answeredAgain: number[];
  provisional?: { readonly code: number; readonly number: number; readonly at: number };
  final?: FinalResponse;
  /** The packet of the ACK, for an INVITE. */
  acknowledged?: number;
  /** Of the final response, where there. */
  warning?: string;
  retryAfter?: number;
  stale?: boolean;
  server?: string;
  /** Host of its Contact: where requests within the call go. */
  contact?: string;
}

/** One session description of a dialogue. */
export interface Described {
  readonly number: number;
  readonly at: number;
  readonly source: string;
  readonly media: AnnouncedMedia;
  /** In a request with SDP, or a response where the request had none: the offer. */
  readonly role: "offer" | "answer";
}

/** All messages of one Call-ID: a call, a registration, a look of OPTIONS, a subscription. */
export interface Dialogue {
  /** From 1, in the order in which they begin. */
  readonly index: number;
  readonly callId: string;
  /** Method of the first request, or of the CSeq of the first response where the capture began later. */
  readonly method: string;
  readonly from: string;
  readonly to: string;
  readonly firstAt: number;
  lastAt: number;
  readonly steps: LadderStep[];
  /** Messages beyond those kept as steps. */
  unkept: number;
  readonly exchanges: Exchange[];
  readonly described: Described[];
  readonly leaks: Leak[];
  /** Messages seen twice within milliseconds: the same packet captured at two places. */
  readonly twice: number[];
  /** Of those, the ones that came by two ways, with the TTLs that tell. */
  readonly twoWays: { readonly numbers: readonly [number, number]; readonly ttls: string }[];
  /** Seconds of Session-Expires in the last 2xx to an INVITE or UPDATE, and who refreshes. */
  session?: { readonly seconds: number; readonly refresher: string; readonly number: number };
  /** Of a REGISTER's 2xx, seconds. */
  expires?: number;
  readonly sdesInClear: number[];
  /** INFO with DTMF. */
  dtmfInfo: number;
  userAgent?: string;
}
