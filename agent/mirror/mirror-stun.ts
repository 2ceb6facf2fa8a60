import { addressAttribute, responsePortOf, textAttribute } from "../../protocol/stun/attributes.ts";
import {
  decodeStun,
  encodeStun,
  stunAttribute,
  stunMethod,
  type StunAttribute,
} from "../../protocol/stun/message.ts";
import type { AgentIo } from "../io/io.ts";
import type { Datagram, UdpSocket } from "../io/udp/udp.ts";
import { PerSecond } from "./per-second.ts";

/** A STUN port beside the mirror, for pinhole and NAT looks: Binding, and answers to another port of the asker. */
export interface MirrorStun extends AsyncDisposable {
  readonly port: number;
}

const answersPerSecond = 200;

/** @throws NodeJS.ErrnoException when the port cannot be bound. */
export async function startMirrorStun(
  options: { readonly address: string; readonly port: number },
  io: Pick<AgentIo, "openUdp" | "clock">,
): Promise<MirrorStun> {
  const socket = await io.openUdp({ localAddress: options.address, localPort: options.port });
  const limit = new PerSecond(answersPerSecond);
  socket.listen(
    (datagram) => {
      if (limit.takes(datagram.at)) answer(socket, datagram);
    },
    () => {},
  );
  return { port: socket.localPort, [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose]() };
}

function answer(socket: UdpSocket, { bytes, address, port }: Datagram): void {
  const response = bindingAnswer(bytes, { address, port });
  if (response === undefined) return;
  // The far end may be gone; that is its own affair.
  socket.send(response.bytes, response.port, address).catch(() => undefined);
}

/**
 * The answer to a Binding request, and the port of the asker that it goes to (RFC 5780 7.5); undefined for anything else.
 * Attributes that would make it larger than 1.2 × the request and 16 octets are left out, the least needed first.
 */
export function bindingAnswer(
  bytes: Uint8Array,
  from: { readonly address: string; readonly port: number },
): { readonly bytes: Uint8Array; readonly port: number } | undefined {
  const read = decodeStun(bytes);
  if (!read.ok || read.value.class !== "request" || read.value.method !== stunMethod.binding)
    return undefined;
  const { transaction } = read.value;
  const port = responsePortOf(read.value) ?? from.port;
  if (port < 1024) return undefined;
  const wanted: StunAttribute[] = [
    addressAttribute(stunAttribute.xorMappedAddress, from, transaction),
    addressAttribute(stunAttribute.mappedAddress, from, transaction),
    textAttribute(stunAttribute.software, "Offhook mirror"),
  ];
  for (; wanted.length > 0; wanted.pop()) {
    const attributes = [...wanted];
    const response = encodeStun({ class: "success", method: stunMethod.binding, transaction, attributes });
    if (response.length <= 1.2 * bytes.length + 16) return { bytes: response, port };
  }
  return undefined;
}
