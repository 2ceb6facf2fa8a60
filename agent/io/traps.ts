import { createHash } from "node:crypto";
import type { Clock } from "./clock.ts";
import { canonicalAddress } from "./snmp/canonical-address.ts";
import type { SnmpV3User } from "./snmp/v3-user.ts";
import { claimedVersion, decodeTrap } from "./traps/decode-trap.ts";
import { openUserTraps, type UserTraps } from "./traps/user-traps.ts";
import { trapKind, type TrapKind } from "./traps/trap-kind.ts";
import type { Datagram, OpenUdp, UdpSocket } from "./udp/udp.ts";

/** A reason to look at a switch; never a fact: anybody can write a datagram. */
export interface Trap {
  /** Numeric, as in the datagram: a switch that is watched. */
  readonly source: string;
  readonly kind: TrapKind;
  readonly oid: string;
}

/** What came, counted. */
export interface TrapCounts {
  /** Handed on. */
  taken: number;
  /** From a watched switch, about nothing that we look at. */
  idle: number;
  /** From somebody who is no watched switch. */
  foreign: number;
  /** The same datagram again. */
  repeated: number;
  /** No trap, or one of a user that is not known or whose digest is wrong. */
  garbled: number;
}

export interface TrapReceiver extends AsyncDisposable {
  readonly port: number;
  readonly counts: Readonly<TrapCounts>;
}

export interface TrapOptions {
  readonly openUdp: OpenUdp;
  readonly clock: Clock;
  readonly address: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Who may send v3 traps; none: v3 is not understood. */
  readonly users?: readonly SnmpV3User[];
  /** Whether a switch of this address is watched; asked for each datagram. */
  watched(address: string): boolean;
  onTrap(trap: Trap): void;
}

/** RFC 3414 section 3.2 step 7b: an authentic message is fresh for 150 s; within these it could be played again. */
const freshness = 150_000;
/** v1 and v2c prove nothing anyway: this only drops the copies that a network makes. */
const copies = 5000;
const mostRemembered = 10_000;
/** Per second: each may cost a key derivation, a megabyte of hashing (RFC 3414 section 2.6). */
const mostUserTraps = 50;

/**
 * Listens for traps and informs of v1, v2c and v3. Only datagrams of watched switches are read at all.
 * @throws NodeJS.ErrnoException EADDRINUSE, EACCES …
 */
export async function receiveTraps(options: TrapOptions): Promise<TrapReceiver> {
  const socket = await options.openUdp({ localAddress: options.address, localPort: options.port });
  return new Receiver(socket, options);
}

class Receiver implements TrapReceiver {
  readonly port: number;
  readonly counts: TrapCounts = { taken: 0, idle: 0, foreign: 0, repeated: 0, garbled: 0 };
  readonly #socket: UdpSocket;
  readonly #options: TrapOptions;
  readonly #seen = new Map<string, number>();
  readonly #userTraps: UserTraps | undefined;
  #second = { at: 0, userTraps: 0 };

  constructor(socket: UdpSocket, options: TrapOptions) {
    this.port = socket.localPort;
    this.#socket = socket;
    this.#options = options;
    const { users = [] } = options;
    if (users.length > 0) this.#userTraps = openUserTraps(users, (bytes, to) => this.#send(bytes, to));
    socket.listen(
      (datagram) => this.#take(datagram),
      () => {}, // an unconnected socket hears nothing that matters here
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#userTraps?.close();
    await this.#socket[Symbol.asyncDispose]();
  }

  #take(datagram: Datagram): void {
    const source = sourceOf(datagram.address);
    if (!this.#options.watched(source)) {
      this.counts.foreign += 1;
      return;
    }
    const bytes = withoutPadding(datagram.bytes);
    const oid = this.#read(bytes, datagram);
    if (oid === undefined) return;
    if (this.#isRepeated(source, bytes)) {
      this.counts.repeated += 1;
      return;
    }
    const kind = trapKind(oid);
    this.counts[kind === undefined ? "idle" : "taken"] += 1;
    if (kind !== undefined) this.#options.onTrap({ source, kind, oid });
  }

  /** The OID of what is announced; "" when it does not say. Informs are answered, repeated ones too. */
  #read(bytes: Uint8Array, datagram: Datagram): string | undefined {
    if (claimedVersion(bytes) === 3 && this.#userTraps !== undefined) {
      const read = this.#hasTimeForUsers() ? this.#userTraps.read(bytes, datagram) : "garbled";
      if (read === "garbled") this.counts.garbled += 1;
      return typeof read === "object" ? read.oid : undefined;
    }
    const trap = decodeTrap(bytes);
    if (!trap.ok) {
      this.counts.garbled += 1;
      return undefined;
    }
    const { acknowledgement, oid } = trap.value;
    if (acknowledgement !== undefined) this.#send(acknowledgement, datagram);
    return oid ?? "";
  }

  #send(bytes: Uint8Array, to: { readonly address: string; readonly port: number }): void {
    // The sender tells us again when this gets lost.
    this.#socket.send(bytes, to.port, to.address).catch(() => {});
  }

  #isRepeated(source: string, bytes: Uint8Array): boolean {
    const now = this.#options.clock.mono();
    for (const [name, at] of this.#seen) {
      if (now - at <= freshness && this.#seen.size <= mostRemembered) break;
      this.#seen.delete(name);
    }
    const name = `${source} ${createHash("sha256").update(bytes).digest("base64")}`;
    const at = this.#seen.get(name);
    if (at !== undefined && now - at <= (claimedVersion(bytes) === 3 ? freshness : copies)) return true;
    this.#seen.delete(name);
    this.#seen.set(name, now);
    return false;
  }

  #hasTimeForUsers(): boolean {
    const second = Math.floor(this.#options.clock.mono() / 1000);
    if (this.#second.at !== second) this.#second = { at: second, userTraps: 0 };
    this.#second.userTraps += 1;
    return this.#second.userTraps <= mostUserTraps;
  }
}

/** A socket for both families says `::ffff:192.0.2.7`. */
function sourceOf(address: string): string {
  return canonicalAddress(address.replace(/^::ffff:(?=\d+\.)/, ""));
}

/** Octets after the message prove nothing, and would make a repeated datagram look like a new one. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  const first = bytes[1] ?? 0;
  const octets = first < 0x80 ? 0 : first - 0x80;
  if (octets > 4) return bytes;
  let length = octets === 0 ? first : 0;
  for (let i = 0; i < octets; i++) length = length * 256 + (bytes[2 + i] ?? 0);
  return bytes.subarray(0, Math.min(bytes.length, 2 + octets + length));
}
