import type { Socket } from "node:dgram";
import { descriptorOf, nativeSockets } from "./native-sockets.ts";

/** What a datagram carries besides its bytes. */
export interface UdpHeaderOptions {
  /** The whole TOS octet (IPv4) or traffic class (IPv6): DSCP × 4. */
  readonly tos?: number;
  /** Routers that pass it on, at most. */
  readonly ttl?: number;
  /**
   * `never`: the kernel cuts what is too large; `always`: DF is set, and what the kernel knows of the path does not hold it
   * back (IP_PMTUDISC_PROBE), so that each try is one. Absent: as the system has it.
   */
  readonly dontFragment?: "never" | "always";
}

/** Which of them this system could set. */
export type UdpHeaderSet = { readonly [option in keyof UdpHeaderOptions]?: boolean };

// <bits/in.h>
const ip = { level: 0, tos: 1, mtuDiscover: 10, mtu: 14 };
const ipv6 = { level: 41, tos: 67, mtuDiscover: 23, mtu: 24 };
const mtuDiscover = { never: 0, always: 3 };

/** Sets them on a bound socket and reads each back, since a refusal by the kernel is silent to the peer. */
export function setUdpHeader(socket: Socket, v6: boolean, options: UdpHeaderOptions): UdpHeaderSet {
  const numbers = v6 ? ipv6 : ip;
  const { tos, ttl, dontFragment } = options;
  if (ttl !== undefined) socket.setTTL(ttl);
  return {
    ...(ttl === undefined ? {} : { ttl: true }),
    ...(tos === undefined ? {} : { tos: setNumber(socket, numbers.level, numbers.tos, tos) }),
    ...(dontFragment === undefined
      ? {}
      : {
          dontFragment: setNumber(socket, numbers.level, numbers.mtuDiscover, mtuDiscover[dontFragment]),
        }),
  };
}

function setNumber(socket: Socket, level: number, option: number, value: number): boolean {
  const native = nativeSockets();
  const fd = descriptorOf(socket);
  if (native === undefined || fd === undefined) return false;
  const bytes = Uint8Array.from(Buffer.from(Int32Array.of(value).buffer));
  return native.setsockopt(fd, level, option, bytes, 4) === 0 && getNumber(fd, level, option) === value;
}

function getNumber(fd: number, level: number, option: number): number | undefined {
  const bytes = new Uint8Array(4);
  const code = nativeSockets()?.getsockopt(fd, level, option, bytes, Uint32Array.of(4));
  return code === 0 ? new DataView(bytes.buffer).getInt32(0, true) : undefined;
}
