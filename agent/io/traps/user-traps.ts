import { EventEmitter } from "node:events";
import * as snmp from "net-snmp";
import type { SnmpV3User } from "../snmp/v3-user.ts";

/** Where a datagram came from, and where an answer goes. */
interface Place {
  readonly address: string;
  readonly port: number;
}

/** Traps and informs of v3 users, by net-snmp: engine discovery, digests, decryption, acknowledgements. */
export interface UserTraps {
  /**
   * Undefined: part of the protocol's own talk (discovery), answered.
   * `garbled`: unreadable, an unknown user, or not as protected as the user is.
   */
  read(bytes: Uint8Array, from: Place): { readonly oid: string } | "garbled" | undefined;
  close(): void;
}

interface Notification {
  readonly pdu: { readonly varbinds?: readonly { readonly oid: string; readonly value: unknown }[] };
}

const snmpTrapOid = "1.3.6.1.6.3.1.1.4.1.0";

/** What net-snmp takes for a socket: bound by us, fed by us. */
class Facade extends EventEmitter {
  readonly #send: (bytes: Uint8Array, to: Place) => void;

  constructor(send: (bytes: Uint8Array, to: Place) => void) {
    super();
    this.#send = send;
  }

  bind(): void {}
  close(): void {}

  send(
    bytes: Uint8Array,
    _at: number,
    _length: number,
    port: number,
    address: string,
    sent: (error: Error | null) => void,
  ): void {
    this.#send(bytes, { address, port });
    sent(null);
  }
}

function userOf(v3: SnmpV3User): snmp.User {
  const levels = { noAuth: "noAuthNoPriv", authNoPriv: "authNoPriv", authPriv: "authPriv" } as const;
  return {
    name: v3.user,
    level: snmp.SecurityLevel[levels[v3.level]],
    authProtocol: snmp.AuthProtocols[v3.auth ?? "none"],
    authKey: v3.authKey?.reveal() ?? "",
    privProtocol: snmp.PrivProtocols[v3.priv ?? "none"],
    privKey: v3.privKey?.reveal() ?? "",
  };
}

export function openUserTraps(
  users: readonly SnmpV3User[],
  send: (bytes: Uint8Array, to: Place) => void,
): UserTraps {
  const facade = new Facade(send);
  let heard: ReturnType<UserTraps["read"]>;
  const onTrap = (error: unknown, notification?: Notification): void => {
    const named = notification?.pdu.varbinds?.find(({ oid }) => oid === snmpTrapOid);
    const oid = typeof named?.value === "string" ? named.value : "";
    heard = error === null || error === undefined ? { oid } : "garbled";
  };
  const receiver = snmp.createReceiver({ dgramModule: { createSocket: () => facade } }, onTrap) as {
    getAuthorizer(): { addUser(user: snmp.User): void };
  };
  for (const user of users) receiver.getAuthorizer().addUser(userOf(user));
  return {
    read(bytes, { address, port }) {
      heard = undefined;
      // It calls back before this returns. A copy: the digest is blanked in place while it is checked.
      facade.emit("message", Buffer.from(bytes), { address, port, family: "IPv4", size: bytes.length });
      return heard;
    },
    close() {
      facade.removeAllListeners();
    },
  };
}
