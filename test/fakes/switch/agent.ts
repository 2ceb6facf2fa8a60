import { createSocket } from "node:dgram";
import { element, integer, octets, oid, read, readInteger, readOid } from "./ber.ts";

/** One instance; its value is encoded when asked, so that counters run. */
export interface Row {
  readonly arcs: readonly number[];
  readonly value: () => Buffer;
}

export interface AgentOptions {
  readonly address: string;
  readonly port: number;
  readonly community: string;
  /** The table as it stands now, sorted by OID. */
  readonly rows: () => readonly Row[];
  readonly silent?: () => boolean;
  /** Replies stop growing here, as a real agent's do. */
  readonly maxReply?: number;
}

interface Request {
  readonly version: number;
  readonly type: number;
  readonly id: number;
  /** error status and index, or non-repeaters and max-repetitions. */
  readonly first: number;
  readonly second: number;
  readonly names: readonly (readonly number[])[];
}

const get = 0;
const getNext = 1;
const getBulk = 5;
const noSuchInstance = element(0x81, Buffer.alloc(0));
const endOfMibView = element(0x82, Buffer.alloc(0));
const nothing = element(0x05, Buffer.alloc(0));

export function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** First row at or (when `after`) beyond the name, by binary search. */
function find(rows: readonly Row[], name: readonly number[], after: boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compare(rows[middle]?.arcs ?? [], name);
    if (order < 0 || (after && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readRequest(bytes: Buffer, community: string): Request | undefined {
  const version = readInteger(read(bytes, 0x30).content);
  const name = read(version.rest, 0x04);
  if (name.content.toString("utf8") !== community || version.value > 1) return undefined;
  const pdu = read(name.rest);
  const id = readInteger(pdu.content);
  const first = readInteger(id.rest);
  const second = readInteger(first.rest);
  const names: number[][] = [];
  let list = read(second.rest, 0x30).content;
  while (list.length > 0) {
    const pair = read(list, 0x30);
    names.push(readOid(read(pair.content, 0x06).content));
    list = pair.rest;
  }
  return {
    version: version.value,
    type: pdu.tag - 0xa0,
    id: id.value,
    first: first.value,
    second: second.value,
    names,
  };
}

const varbind = (name: readonly number[], value: Buffer) => element(0x30, Buffer.concat([oid(name), value]));

function answerNext(
  rows: readonly Row[],
  name: readonly number[],
): { name: readonly number[]; value: Buffer } {
  const row = rows[find(rows, name, true)];
  return row === undefined ? { name, value: endOfMibView } : { name: row.arcs, value: row.value() };
}

function answerOne(
  rows: readonly Row[],
  name: readonly number[],
): { name: readonly number[]; value: Buffer } {
  const row = rows[find(rows, name, false)];
  const there = row !== undefined && compare(row.arcs, name) === 0;
  return { name, value: there ? row.value() : noSuchInstance };
}

/** RFC 3416 section 4.2.3: row after row, until the reply is full. */
function answerBulk(rows: readonly Row[], request: Request, room: number): Buffer[] {
  const out: Buffer[] = [];
  let used = 0;
  let cursors = request.names;
  for (let repetition = 0; repetition < Math.min(100, request.second); repetition++) {
    const answers = cursors.map((name) => answerNext(rows, name));
    for (const { name, value } of answers) {
      const bytes = varbind(name, value);
      used += bytes.length;
      if (used > room && out.length > 0) return out;
      out.push(bytes);
    }
    cursors = answers.map((answer) => answer.name);
    if (answers.every(({ value }) => value === endOfMibView)) return out;
  }
  return out;
}

/** v1 has no exceptions: the first missing name makes the whole answer a noSuchName. */
function answerV1(answers: readonly { name: readonly number[]; value: Buffer }[], request: Request) {
  const missing = answers.findIndex(({ value }) => value === noSuchInstance || value === endOfMibView);
  if (missing < 0) return { status: 0, index: 0, varbinds: answers.map((a) => varbind(a.name, a.value)) };
  return { status: 2, index: missing + 1, varbinds: request.names.map((name) => varbind(name, nothing)) };
}

function answer(rows: readonly Row[], request: Request, room: number) {
  if (request.type === getBulk && request.version === 1) {
    return { status: 0, index: 0, varbinds: answerBulk(rows, request, room) };
  }
  if (request.type !== get && request.type !== getNext) return undefined;
  const answers = request.names.map((name) =>
    request.type === get ? answerOne(rows, name) : answerNext(rows, name),
  );
  if (request.version === 0) return answerV1(answers, request);
  return { status: 0, index: 0, varbinds: answers.map((a) => varbind(a.name, a.value)) };
}

/** A read-only SNMP v1/v2c agent over UDP. @throws when the port is taken. */
export async function startAgent(options: AgentOptions): Promise<{ port: number; stop(): Promise<void> }> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    if (options.silent?.() === true) return;
    let request: Request | undefined;
    try {
      request = readRequest(bytes, options.community);
    } catch {
      return; // malformed: real agents count it and stay silent
    }
    const reply = request && answer(options.rows(), request, options.maxReply ?? 1400);
    if (request === undefined || reply === undefined) return;
    const header = [integer(request.id), integer(reply.status), integer(reply.index)];
    const pdu = element(0xa2, Buffer.concat([...header, element(0x30, Buffer.concat(reply.varbinds))]));
    const message = Buffer.concat([integer(request.version), octets(options.community), pdu]);
    socket.send(element(0x30, message), from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(options.port, options.address, () => {
      socket.off("error", reject);
      resolve();
    });
  });
  return {
    port: socket.address().port,
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
