import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";

/** What a fake resolver knows, by the name in small letters. A name that is not here does not exist. */
export type DnsZone = Readonly<
  Record<
    string,
    {
      readonly a?: readonly string[];
      readonly aaaa?: readonly string[];
      readonly srv?: readonly (readonly [priority: number, weight: number, port: number, target: string])[];
      readonly naptr?: readonly (readonly [
        order: number,
        preference: number,
        flags: string,
        service: string,
        replacement: string,
      ])[];
    }
  >
>;

export interface FakeDnsServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Names that were asked for, in order. */
  readonly asked: readonly string[];
}

export interface DnsBehaviour {
  /** Every other name gets this address, as providers do that sell typing errors. */
  readonly wildcard?: string;
  /** Takes questions and is silent. */
  readonly silent?: boolean;
}

const types = { a: 1, naptr: 35, srv: 33, aaaa: 28 } as const;
const noSuchName = 3;

/** A resolver on loopback that answers over UDP from a table (RFC 1035, 2782, 3403). */
export async function startDnsServer(zone: DnsZone, behaviour: DnsBehaviour = {}): Promise<FakeDnsServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (question: Buffer, from: RemoteInfo) => {
    const { name, type } = readQuestion(question);
    asked.push(name);
    if (behaviour.silent !== true)
      socket.send(answerTo(question, recordsOf(zone, name, type, behaviour)), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

function readQuestion(bytes: Buffer): { name: string; type: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = bytes.readUInt8(at); length > 0; length = bytes.readUInt8(at)) {
    labels.push(bytes.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: bytes.readUInt16BE(at + 1) };
}

/** Data of the records that fit; undefined: there is no such name. */
function recordsOf(
  zone: DnsZone,
  name: string,
  type: number,
  { wildcard }: DnsBehaviour,
): { type: number; data: Buffer }[] | undefined {
  const own = zone[name] ?? (wildcard === undefined ? undefined : { a: [wildcard] });
  if (own === undefined) return undefined;
  const as = (data: Buffer[]) => data.map((each) => ({ type, data: each }));
  if (type === types.a)
    return as((own.a ?? []).map((address) => Buffer.from(address.split(".").map(Number))));
  if (type === types.aaaa) return as((own.aaaa ?? []).map(groups));
  if (type === types.srv)
    return as(
      (own.srv ?? []).map(([priority, weight, port, target]) =>
        Buffer.concat([words(priority, weight, port), encodeName(target)]),
      ),
    );
  if (type !== types.naptr) return [];
  return as(
    (own.naptr ?? []).map(([order, preference, flags, service, replacement]) =>
      Buffer.concat([
        words(order, preference),
        text(flags),
        text(service),
        text(""),
        encodeName(replacement),
      ]),
    ),
  );
}

function answerTo(question: Buffer, records: { type: number; data: Buffer }[] | undefined): Buffer {
  const header = Buffer.from(question.subarray(0, 12));
  // A response of a resolver that recurses; the question's additional record (EDNS) is not repeated.
  header.writeUInt16BE(0x8180 | (records === undefined ? noSuchName : 0), 2);
  header.writeUInt16BE(records?.length ?? 0, 6);
  header.writeUInt32BE(0, 8);
  const end = question.indexOf(0, 12) + 5;
  const answers = (records ?? []).flatMap(({ type, data }) => [
    // The name is a pointer to the question's; class IN, lifetime 60 s.
    words(0xc0_0c, type, 1, 0, 60, data.length),
    data,
  ]);
  return Buffer.concat([header, question.subarray(12, end), ...answers]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [place, value] of values.entries()) bytes.writeUInt16BE(value, place * 2);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value, "latin1")]);
}

function encodeName(name: string): Buffer {
  return Buffer.concat([
    ...name
      .split(".")
      .filter((label) => label !== "")
      .map(text),
    Buffer.from([0]),
  ]);
}

function groups(address: string): Buffer {
  const [head = "", tail = ""] = address.split("::");
  const [before, after] = [head, tail].map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - (before?.length ?? 0) - (after?.length ?? 0) }, () => "0");
  return words(...[...(before ?? []), ...zeros, ...(after ?? [])].map((group) => Number.parseInt(group, 16)));
}
