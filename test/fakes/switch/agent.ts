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
  /** A community that may write too; without it every SET is refused. */
  readonly writeCommunity?: string;
  /** Writes one integer; the error status of RFC 3416, 0 when it is done. */
  readonly write?: (name: readonly number[], value: number) => number;
  /** Called for every request that is understood. */
  readonly onRequest?: () => void;
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
  /** SET: the integers to write; undefined for any other type. */
  readonly values: readonly (number | undefined)[];
  readonly community: string;
}

const get = 0;
const getNext = 1;
const set = 3;
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

function readRequest(bytes: Buffer, communities: readonly string[]): Request | undefined {
  const version = readInteger(read(bytes, 0x30).content);
  const name = read(version.rest, 0x04);
  const community = name.content.toString("utf8");
  if (!communities.includes(community) || version.value > 1) return undefined;
  const pdu = read(name.rest);
  const id = readInteger(pdu.content);
  const first = readInteger(id.rest);
  const second = readInteger(first.rest);
  const names: number[][] = [];
  const values: (number | undefined)[] = [];
  let list = read(second.rest, 0x30).content;
  while (list.length > 0) {
    const pair = read(list, 0x30);
    const label = read(pair.content, 0x06);
    names.push(readOid(label.content));
    values.push(label.rest.readUInt8(0) === 0x02 ? readInteger(label.rest).value : undefined);
    list = pair.rest;
  }
  return {
    version: version.value,
    type: pdu.tag - 0xa0,
    id: id.value,
    first: first.value,
    second: second.value,
    names,
    values,
    community,
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

/** RFC 3416 section 4.2.5; one varbind at a time is all that our side writes. */
function answerSet(options: AgentOptions, request: Request) {
  const statuses = request.names.map((name, i) => {
    const value = request.values[i];
    if (request.community !== options.writeCommunity) return request.version === 0 ? 2 : 6; // noAccess
    if (value === undefined) return request.version === 0 ? 3 : 7; // wrongType
    return options.write?.(name, value) ?? 17; // notWritable
  });
  const failed = statuses.findIndex((status) => status !== 0);
  const varbinds = request.names.map((name, i) => varbind(name, integer(request.values[i] ?? 0)));
  return { status: statuses[failed] ?? 0, index: failed + 1, varbinds };
}

/** An SNMP v1/v2c agent over UDP; it writes only what `write` takes. @throws when the port is taken. */
export async function startAgent(options: AgentOptions): Promise<{ port: number; stop(): Promise<void> }> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    let request: Request | undefined;
    try {
      const more = options.writeCommunity === undefined ? [] : [options.writeCommunity];
      request = readRequest(bytes, [options.community, ...more]);
    } catch {
      return; // malformed: real agents count it and stay silent
    }
    if (request === undefined) return;
    options.onRequest?.();
    if (options.silent?.() === true) return;
    const reply =
      request.type === set
        ? answerSet(options, request)
        : answer(options.rows(), request, options.maxReply ?? 1400);
    if (reply === undefined) return;
    const header = [integer(request.id), integer(reply.status), integer(reply.index)];
    const pdu = element(0xa2, Buffer.concat([...header, element(0x30, Buffer.concat(reply.varbinds))]));
    const message = Buffer.concat([integer(request.version), octets(request.community), pdu]);
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
