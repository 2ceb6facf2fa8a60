import { EventEmitter } from "node:events";
import { isIPv6 } from "node:net";
import * as snmp from "net-snmp";
import { mismatchSentence, type Decoded } from "../../../protocol/decoded.ts";
import type { SnmpFailure, SnmpReply, SnmpRequest, UserTarget } from "./ask.ts";
import type { SnmpPdu } from "./message.ts";
import { decodeScopedPdu, decodeV3Frame, v3Flags, type V3Frame } from "./v3-frame.ts";
import type { SnmpV3User } from "./v3-user.ts";

// What net-snmp has and its types leave out, or type too narrowly.
type Session = snmp.Session & {
  readonly reqs: Record<number, Pending | undefined>;
  readonly user: snmp.User;
  retries: number;
  timeout: number;
  backoff: number;
  readonly msgSecurityParameters?: { readonly msgAuthoritativeEngineID: Buffer };
  setEngineTime(message: EngineTime): void;
  isInTimeWindow(message: EngineTime): boolean;
};
interface Pending {
  readonly message: { readonly pdu: { readonly id: number } };
  readonly responseCb: unknown;
}
interface EngineTime {
  readonly msgSecurityParameters: {
    readonly msgAuthoritativeEngineBoots: number;
    readonly msgAuthoritativeEngineTime: number;
  };
  hasAuthentication(): boolean;
}

const decryptAes = snmp.Encryption.decryptPduAes as unknown as (
  encrypted: Buffer,
  priv: snmp.PrivProtocols,
  salt: Buffer,
  privKey: string,
  auth: snmp.AuthProtocols,
  engine: { readonly engineID: Buffer; readonly engineBoots: number; readonly engineTime: number },
) => Buffer;

const auths = {
  md5: snmp.AuthProtocols.md5,
  sha: snmp.AuthProtocols.sha,
  sha224: snmp.AuthProtocols.sha224,
  sha256: snmp.AuthProtocols.sha256,
  sha384: snmp.AuthProtocols.sha384,
  sha512: snmp.AuthProtocols.sha512,
} as const;
const privs = {
  aes: snmp.PrivProtocols.aes,
  aes256b: snmp.PrivProtocols.aes256b,
  aes256r: snmp.PrivProtocols.aes256r,
} as const;
const levels = {
  noAuth: { level: snmp.SecurityLevel.noAuthNoPriv, flags: 0 },
  authNoPriv: { level: snmp.SecurityLevel.authNoPriv, flags: v3Flags.auth },
  authPriv: { level: snmp.SecurityLevel.authPriv, flags: v3Flags.auth | v3Flags.priv },
} as const;

const pduTypes = { response: 2, report: 8 } as const;
/** Discovery and one lost clock need two; an agent that reports for ever must not keep us asking for ever. */
const mostReports = 3;

/** What net-snmp takes for a socket. Sends through whatever socket is open, and hands on only what was let through. */
class Facade extends EventEmitter {
  readonly #send: (bytes: Uint8Array) => void;

  constructor(send: (bytes: Uint8Array) => void) {
    super();
    this.#send = send;
  }

  send(
    bytes: Uint8Array,
    _at: number,
    _length: number,
    _port: number,
    _host: string,
    sent: () => void,
  ): void {
    this.#send(bytes);
    sent();
  }

  ref(): void {}
  unref(): void {}
  close(): void {}
}

function userOf(v3: SnmpV3User): snmp.User {
  return {
    name: v3.user,
    level: levels[v3.level].level,
    authProtocol: v3.auth === undefined ? snmp.AuthProtocols.none : auths[v3.auth],
    authKey: v3.authKey?.reveal() ?? "",
    privProtocol: v3.priv === undefined ? snmp.PrivProtocols.none : privs[v3.priv],
    privKey: v3.privKey?.reveal() ?? "",
  };
}

export type Heard = { readonly taken: true } | { readonly taken: false; readonly why: string };
const taken: Heard = { taken: true };
const refused = (why: string): Heard => ({ taken: false, why });

/**
 * One agent as one user. net-snmp keeps its engine's id and clock, encodes, protects, sends again, and answers reports;
 * what it receives passes through here first, since it would take a plain reply for a protected one, and let a forged
 * digest end the request it was forged for.
 */
export class V3Agent {
  readonly #session: Session;
  readonly #facade: Facade;
  readonly #flags: number;
  #reports = 0;
  #dropped: string | undefined;

  constructor(target: UserTarget, send: (bytes: Uint8Array) => void) {
    this.#facade = new Facade(send);
    this.#flags = levels[target.v3.level].flags;
    const session = snmp.createV3Session(target.host, userOf(target.v3), {
      port: target.port,
      transport: isIPv6(target.host) ? "udp6" : "udp4",
      context: target.v3.context ?? "",
      dgramModule: { createSocket: () => this.#facade },
    });
    // What net-snmp cannot parse has been parsed here before: nothing to add.
    session.on("error", () => {});
    this.#session = session as Session;
  }

  /** One request, one at a time. @throws the signal's reason when it ends the wait. */
  async ask(target: UserTarget, request: SnmpRequest, signal: AbortSignal): Promise<SnmpReply> {
    signal.throwIfAborted();
    const [first = 1000, second = first] = target.timeouts;
    Object.assign(this.#session, {
      timeout: first,
      retries: target.timeouts.length - 1,
      backoff: Math.max(1, second / first),
    });
    this.#reports = 0;
    this.#dropped = undefined;
    let stop = () => {};
    try {
      return await new Promise<SnmpReply>((resolve, reject) => {
        stop = () => reject(signal.reason);
        signal.addEventListener("abort", stop, { once: true });
        this.#send(request, (error, pdu) => resolve(this.#replyOf(error, pdu)));
      });
    } finally {
      signal.removeEventListener("abort", stop);
      this.fail(new Error("no longer asked"));
    }
  }

  /** Ends what is being asked. */
  fail(why: Error): void {
    this.#session.cancelRequests(why);
  }

  /** One datagram from the agent's own address. */
  hear(bytes: Buffer): Heard {
    const frame = decodeV3Frame(bytes);
    if (!frame.ok) return this.#drop(mismatchSentence(frame.why));
    const heard = this.#judge(bytes, frame.value);
    return heard.taken ? heard : this.#drop(heard.why);
  }

  #drop(why: string): Heard {
    this.#dropped = why;
    return refused(why);
  }

  #judge(bytes: Buffer, frame: V3Frame): Heard {
    const pending = this.#session.reqs[frame.messageId];
    if (pending === undefined) return refused("an answer with another message id");
    const authentic = (frame.flags & v3Flags.auth) !== 0;
    if (authentic && !this.#isAuthentic(bytes, frame)) return refused("an answer with a wrong digest");
    const pdu = this.#open(frame);
    if (!pdu.ok) return refused(mismatchSentence(pdu.why));
    const { type, requestId } = pdu.value;
    if (type === pduTypes.report) return this.#takeReport(bytes);
    if ((frame.flags & this.#flags) !== this.#flags) return refused("an answer without its protection");
    if (type !== pduTypes.response) return refused(`an answer with PDU type ${type}`);
    if (requestId !== pending.message.pdu.id) return refused("another request id");
    if (authentic && !this.#isTimely(frame)) return refused("an answer from another time of the engine");
    this.#session.unregisterRequest(frame.messageId);
    const answer = pending.responseCb as Answer;
    // On a turn of its own, so that no caller unwinds into the socket.
    setImmediate(() => answer(null, pdu.value));
    return taken;
  }

  #isAuthentic(bytes: Buffer, frame: V3Frame): boolean {
    const { authProtocol = snmp.AuthProtocols.none, authKey = "" } = this.#session.user;
    // A key is localised to one engine; a digest of another one's is worth nothing (and costs a megabyte of hashing).
    const engine = this.#session.msgSecurityParameters?.msgAuthoritativeEngineID;
    if (authProtocol === snmp.AuthProtocols.none || engine?.equals(frame.engineId) !== true) return false;
    // A copy: the digest in it is blanked while it is checked.
    const copy = Buffer.from(bytes);
    const digest = copy.subarray(frame.digest.start, frame.digest.end);
    return snmp.Authentication.isAuthentic(copy, authProtocol, authKey, engine, digest);
  }

  #open(frame: V3Frame): Decoded<SnmpPdu> {
    if ((frame.flags & v3Flags.priv) === 0) return decodeScopedPdu(frame.scoped);
    const { privProtocol, privKey = "", authProtocol } = this.#session.user;
    const unreadable = (found: string): Decoded<SnmpPdu> => ({
      ok: false,
      why: { place: "the scoped PDU", expected: "what our privacy key opens", found },
    });
    if (
      privProtocol !== snmp.PrivProtocols.aes &&
      privProtocol !== privs.aes256b &&
      privProtocol !== privs.aes256r
    )
      return unreadable("an encrypted one, and we have no such key");
    if (authProtocol === undefined || authProtocol === snmp.AuthProtocols.none || frame.salt.length !== 8)
      return unreadable(`a salt of ${frame.salt.length} octets`);
    const plain = decryptAes(
      Buffer.from(frame.scoped),
      privProtocol,
      Buffer.from(frame.salt),
      privKey,
      authProtocol,
      { engineID: Buffer.from(frame.engineId), engineBoots: frame.boots, engineTime: frame.time },
    );
    return decodeScopedPdu(plain);
  }

  /** RFC 3414 section 3.2 step 7b: the engine's clock moves forward with what it says, and old messages are refused. */
  #isTimely(frame: V3Frame): boolean {
    const message: EngineTime = {
      msgSecurityParameters: {
        msgAuthoritativeEngineBoots: frame.boots,
        msgAuthoritativeEngineTime: frame.time,
      },
      hasAuthentication: () => true,
    };
    this.#session.setEngineTime(message);
    return this.#session.isInTimeWindow(message);
  }

  /** Reports may come in plain: an engine that does not know us cannot protect them. */
  #takeReport(bytes: Buffer): Heard {
    this.#reports += 1;
    if (this.#reports > mostReports) return refused("report after report");
    this.#facade.emit("message", bytes);
    return taken;
  }

  #send(request: SnmpRequest, answer: Answer): void {
    const oids = request.oids.map((oid) => oid.join("."));
    const callback = answer as unknown as snmp.GetSetCallback & snmp.GetBulkCallback;
    switch (request.type) {
      case "get":
        this.#session.get(oids, callback);
        return;
      case "get-next":
        this.#session.getNext(oids, callback);
        return;
      case "get-bulk":
        this.#session.getBulk(oids, 0, request.repetitions ?? 10, callback);
        return;
      case "set": {
        const type = snmp.ObjectType.Integer;
        const varbinds = oids.map((oid, i) => ({ oid, type, value: request.integers?.[i] ?? 0 }));
        this.#session.set(varbinds, callback);
      }
    }
  }

  #replyOf(error: Error | null, pdu: SnmpPdu | undefined): SnmpReply {
    if (pdu !== undefined) return { ok: true, pdu };
    return { ok: false, failure: this.#failureOf(error ?? new Error("no answer")) };
  }

  #failureOf(error: Error): SnmpFailure {
    if (error.name === "RequestTimedOutError") {
      return this.#dropped === undefined
        ? { outcome: "timeout", why: "no answer" }
        : { outcome: "garbled", why: `no usable answer; dropped ${this.#dropped}` };
    }
    // What the engine reports of us, in net-snmp's words: an unknown user, a wrong digest, a wrong level.
    if (error instanceof snmp.ResponseInvalidError) {
      return { outcome: "denied", why: `the switch refuses this user: ${error.message}` };
    }
    return { outcome: "unreachable", why: error.message };
  }
}

type Answer = (error: Error | null, pdu?: SnmpPdu) => void;
