import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Answer, FileSource, ServedFile } from "../../protocol/answer.ts";
import { type ByteRange, readByteRange } from "./byte-range.ts";
import { openForReply, streamOf } from "./send-source.ts";

/** Filled in as the reply is made: octets of body that go out. */
export interface SentBody {
  bytes: number;
}

/**
 * Answer to HTTP. Unknown, denied, foreign and "no such file" are one status and one body (operations.md section 10
 * rule 1), and 404 rather than 401: a phone that cannot log in yet takes it for "nothing here" and goes on. With
 * `challenge` all of them are 401 instead.
 */
export function replyTo(
  answer: Answer,
  request: FastifyRequest,
  reply: FastifyReply,
  sent: SentBody,
  challenge?: readonly string[],
): FastifyReply | Promise<FastifyReply> {
  switch (answer.outcome) {
    case "file":
      return replyWithFile(answer.file, request, reply, sent);
    case "no-such-file":
    case "unknown-device":
    case "denied":
      if (challenge === undefined) return replyWithWords(reply, 404, request, sent);
      reply.header("www-authenticate", [...challenge]);
      return replyWithWords(reply, 401, request, sent);
  }
}

function replyWithFile(
  file: ServedFile,
  request: FastifyRequest,
  reply: FastifyReply,
  sent: SentBody,
): FastifyReply | Promise<FastifyReply> {
  reply
    .header("etag", file.etag)
    .header("cache-control", file.secret ? "no-store" : "no-cache")
    .header("accept-ranges", "bytes");
  if (matchesTag(request.headers["if-none-match"], file.etag)) return reply.code(304).send();
  const range = askedRange(file, request);
  const size = sizeOf(file);
  if (range === "outside") {
    reply.header("content-range", `bytes */${size}`);
    return replyWithWords(reply, 416, request, sent);
  }
  if (range !== undefined)
    reply.code(206).header("content-range", `bytes ${range.first}-${range.last}/${size}`);
  reply.type(file.contentType);
  const { first, last } = range ?? { first: 0, last: size - 1 };
  if (file.source === undefined) return sendBody(file.body.subarray(first, last + 1), request, reply, sent);
  return sendSource(file.source, { first, last }, request, reply, sent);
}

function sizeOf({ body, source }: ServedFile): number {
  return source?.size ?? body.length;
}

/** Seconds until a phone that found no turn shall come again. */
const comeAgain = 300;

async function sendSource(
  source: FileSource,
  range: ByteRange,
  request: FastifyRequest,
  reply: FastifyReply,
  sent: SentBody,
): Promise<FastifyReply> {
  reply.header("content-length", range.last + 1 - range.first);
  // Of anything but a stream, fastify would tell its own length.
  if (request.method === "HEAD") return reply.send(Readable.from([]));
  const opened = await openForReply(source, request, reply);
  if (opened === undefined) {
    for (const name of ["etag", "content-range", "accept-ranges"]) reply.removeHeader(name);
    return replyWithWords(reply.header("retry-after", comeAgain), 503, request, sent);
  }
  return reply.send(streamOf(opened, range, (octets) => (sent.bytes += octets)));
}

/** RFC 9110 section 14.2: only with GET, and only of the version the phone already has a part of (If-Range). */
function askedRange(file: ServedFile, request: FastifyRequest): ReturnType<typeof readByteRange> {
  const condition = request.headers["if-range"];
  if (request.method !== "GET" || (condition !== undefined && condition !== file.etag)) return undefined;
  return readByteRange(request.headers.range, sizeOf(file));
}

/** RFC 9110 section 13.1.2, with the weak comparison it asks for. */
function matchesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((part) => {
    const tag = part.trim();
    return tag === "*" || tag.replace(/^W\//, "") === etag;
  });
}

/** Says what the status says, in at most 64 octets of text/plain. */
export function replyWithWords(
  reply: FastifyReply,
  status: number,
  request?: FastifyRequest,
  sent?: SentBody,
): FastifyReply {
  const words = Buffer.from(statusWords(status));
  reply.code(status).type("text/plain; charset=utf-8");
  if (sent !== undefined && request?.method !== "HEAD") sent.bytes = words.length;
  return reply.header("content-length", words.length).send(words);
}

function sendBody(
  body: Uint8Array,
  request: FastifyRequest,
  reply: FastifyReply,
  sent: SentBody,
): FastifyReply {
  if (request.method !== "HEAD") sent.bytes = body.length;
  return reply
    .header("content-length", body.length)
    .send(Buffer.from(body.buffer, body.byteOffset, body.length));
}

function statusWords(status: number): string {
  const phrase = STATUS_CODES[status] ?? "Error";
  return phrase.charAt(0) + phrase.slice(1).toLowerCase();
}

const statusOfError: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
};

/** What is not HTTP, or comes too slowly, gets a plain line and the end of the connection. */
export function answerBadHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statusOfError[error.code ?? ""] ?? 400;
  const words = statusWords(status);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: text/plain; charset=utf-8`;
  socket.end(`${head}\r\nContent-Length: ${words.length}\r\nConnection: close\r\n\r\n${words}`);
}
