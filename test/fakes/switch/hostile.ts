import { createSocket, type RemoteInfo } from "node:dgram";
import { element, integer, octets, oid, read, readInteger, readOid } from "./ber.ts";

/** One request as the responder understood it. */
export interface Asked {
  readonly version: number;
  readonly community: Buffer;
  /** 0 get, 1 get-next, 5 get-bulk. */
  readonly type: number;
  readonly id: number;
  readonly repetitions: number;
  readonly names: readonly (readonly number[])[];
  /** How many requests came before. */
  readonly count: number;
}

export interface Reply {
  readonly version?: number;
  readonly community?: string | Buffer;
  readonly pduTag?: number;
  readonly id?: number;
  readonly status?: number;
  readonly index?: number;
  /** Encoded varbinds. */
  readonly varbinds: readonly Buffer[];
}

export const varbind = (name: readonly number[], value: Buffer) =>
  element(0x30, Buffer.concat([oid(name), value]));

export function message(asked: Asked, reply: Reply): Buffer {
  const pdu = [
    integer(reply.id ?? asked.id),
    integer(reply.status ?? 0),
    integer(reply.index ?? 0),
    element(0x30, Buffer.concat(reply.varbinds)),
  ];
  return element(
    0x30,
    Buffer.concat([
      integer(reply.version ?? asked.version),
      octets(reply.community ?? asked.community),
      element(reply.pduTag ?? 0xa2, Buffer.concat(pdu)),
    ]),
  );
}

function understand(bytes: Buffer, count: number): Asked {
  const version = readInteger(read(bytes, 0x30).content);
  const community = read(version.rest, 0x04);
  const pdu = read(community.rest);
  const id = readInteger(pdu.content);
  const status = readInteger(id.rest);
  const index = readInteger(status.rest);
  const names: number[][] = [];
  for (let list = read(index.rest, 0x30).content; list.length > 0;) {
    const pair = read(list, 0x30);
    names.push(readOid(read(pair.content, 0x06).content));
    list = pair.rest;
  }
  const type = pdu.tag - 0xa0;
  return {
    version: version.value,
    community: community.content,
    type,
    id: id.value,
    repetitions: index.value,
    names,
    count,
  };
}

/** Sends from the responder's own port, from another one, or from another address with the same port. */
export type Send = (bytes: Buffer, from?: "own" | "other" | "other-address") => void;

export interface Responder extends AsyncDisposable {
  readonly port: number;
}

/** An agent that answers whatever a test wants, well-formed or not. */
export async function startResponder(answer: (asked: Asked, send: Send) => void): Promise<Responder> {
  const own = createSocket("udp4");
  const other = createSocket("udp4");
  const elsewhere = createSocket("udp4");
  const sockets = { own, other, "other-address": elsewhere };
  let count = 0;
  own.on("message", (bytes: Buffer, from: RemoteInfo) => {
    const asked = understand(bytes, count);
    count += 1;
    answer(asked, (reply, source = "own") => {
      sockets[source].send(reply, from.port, from.address);
    });
  });
  for (const socket of [own, other]) {
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  }
  await new Promise<void>((resolve) => elsewhere.bind(own.address().port, "127.0.0.2", resolve));
  return {
    port: own.address().port,
    async [Symbol.asyncDispose]() {
      for (const socket of Object.values(sockets))
        await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}
