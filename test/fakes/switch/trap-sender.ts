import { createSocket } from "node:dgram";
import { element, integer, octets, oid } from "./ber.ts";

// Traps as a switch writes them, by the BER writer of the simulated switch.

const arcs = (dotted: string) => dotted.split(".").map(Number);
const varbind = (name: string, value: Buffer) => element(0x30, Buffer.concat([oid(arcs(name)), value]));
const message = (version: number, pdu: Buffer) =>
  element(0x30, Buffer.concat([integer(version), octets("public"), pdu]));

/** v2c: sysUpTime, snmpTrapOID, then what comes along. */
export function trapV2(trapOid: string, id: number, more: readonly Buffer[] = [], tag = 0xa7): Buffer {
  const varbinds = [
    varbind("1.3.6.1.2.1.1.3.0", integer(id * 100, 0x43)),
    varbind("1.3.6.1.6.3.1.1.4.1.0", oid(arcs(trapOid))),
    ...more,
  ];
  const body = [integer(id), integer(0), integer(0), element(0x30, Buffer.concat(varbinds))];
  return message(1, element(tag, Buffer.concat(body)));
}

export const informV2 = (trapOid: string, id: number): Buffer => trapV2(trapOid, id, [], 0xa6);

export function trapV1(enterprise: string, generic: number, specific: number, uptime = 100): Buffer {
  const body = [
    oid(arcs(enterprise)),
    element(0x40, Buffer.from([192, 0, 2, 7])),
    integer(generic),
    integer(specific),
    integer(uptime, 0x43),
    element(0x30, varbind("1.3.6.1.2.1.105.1.1.1.6.1.7", integer(4))),
  ];
  return message(0, element(0xa4, Buffer.concat(body)));
}

/** Sends from an address and waits until the kernel has it; hears what comes back. */
export async function openTrapSender(address = "127.0.0.1") {
  const socket = createSocket("udp4");
  const answers: Buffer[] = [];
  let heard = () => {};
  socket.on("message", (bytes: Buffer) => {
    answers.push(bytes);
    heard();
  });
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  return {
    answers,
    send: (bytes: Uint8Array, port: number) =>
      new Promise<void>((resolve) => socket.send(bytes, port, "127.0.0.1", () => resolve())),
    answer: () =>
      new Promise<Buffer>((resolve) => {
        heard = () => resolve(answers.at(-1) ?? Buffer.alloc(0));
      }),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}
