import { createHash } from "node:crypto";
import { Agent, request as startRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { rootCertificates, connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Secret } from "../../protocol/secret.ts";

/** What makes us believe that a server is ours: its key, or a CA that vouches for it. One of them is enough. */
export interface Trust {
  /** SHA-256 of public keys (SPKI), base64url. */
  readonly pins: readonly string[];
  /** PEM. */
  readonly ca?: string | undefined;
}

export interface ServerRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** Below the server's address, such as `/v1/agent/state`. */
  readonly path: string;
  readonly body?: unknown;
  readonly token?: Secret | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ServerReply =
  | {
      readonly kind: "reply";
      readonly status: number;
      /** Undefined when there was none, or none that is JSON. */
      readonly body: unknown;
      /** Slug of an RFC 9457 problem. */
      readonly problem?: string;
      /** Seconds. */
      readonly retryAfter?: number;
      readonly configVersion?: number;
    }
  /** Nothing came, or nothing that can be trusted; `code` is the kernel's, OpenSSL's, or PIN_MISMATCH, TIMEOUT. */
  | { readonly kind: "failure"; readonly code: string; readonly why: string };

export interface ServerLink extends AsyncDisposable {
  /** One exchange; never throws for what the world does. */
  call(request: ServerRequest, signal?: AbortSignal): Promise<ServerReply>;
}

export interface ServerLinkOptions {
  /** `https://host[:port]` */
  readonly url: string;
  readonly trust: Trust;
  /** For one whole exchange, ms. */
  readonly timeout?: number;
}

export type OpenServerLink = (options: ServerLinkOptions) => ServerLink;

const pack = promisify(gzip);
/** Below this gzip costs more than it saves. */
const packFrom = 1024;
const mostReply = 4 * 1024 * 1024;

/** SHA-256 of a certificate's public key (SPKI), base64url: what a pin is. */
export function spkiPin(spki: Uint8Array): string {
  return createHash("sha256").update(spki).digest("base64url");
}

function distrust(code: string, why: string): NodeJS.ErrnoException {
  return Object.assign(new Error(why), { code });
}

/** Why this connection is not to our server; undefined when it is. Nothing was sent before this is asked. */
function doubt(socket: TLSSocket, trust: Trust): NodeJS.ErrnoException | undefined {
  if (socket.authorized && (trust.ca !== undefined || trust.pins.length === 0)) return undefined;
  const spki = socket.getPeerX509Certificate()?.publicKey.export({ type: "spki", format: "der" });
  const pin = spki === undefined ? "" : spkiPin(spki);
  if (trust.pins.includes(pin)) return undefined;
  if (trust.pins.length > 0)
    return distrust("PIN_MISMATCH", `the server's key is ${pin}, not the pinned one`);
  const reason = String(socket.authorizationError);
  return distrust(reason, `the server's certificate does not verify: ${reason}`);
}

function connectTrusted(
  options: ConnectionOptions,
  trust: Trust,
  done: (error: Error | null, socket: TLSSocket) => void,
): void {
  const host = options.host ?? "";
  const socket = connect({
    host,
    port: Number(options.port),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(trust.ca === undefined ? {} : { ca: [...rootCertificates, trust.ca] }),
    minVersion: "TLSv1.2",
    // Judged in doubt(), where a pin may stand in for a CA: a self-made one, or dates a wrong clock cannot check.
    rejectUnauthorized: false,
  });
  socket.setNoDelay(true);
  const fail = (error: Error) => {
    socket.destroy();
    done(error, socket);
  };
  socket.once("error", fail);
  socket.once("secureConnect", () => {
    socket.off("error", fail);
    const error = doubt(socket, trust);
    if (error === undefined) done(null, socket);
    else fail(error);
  });
}

class TrustingAgent extends Agent {
  readonly #trust: Trust;

  constructor(trust: Trust) {
    super({ keepAlive: true, maxSockets: 2, keepAliveMsecs: 10_000 });
    this.#trust = trust;
  }

  override createConnection(
    options: ConnectionOptions,
    done?: (error: Error | null, socket: TLSSocket) => void,
  ): undefined {
    if (done !== undefined) connectTrusted(options, this.#trust, done);
    return undefined;
  }
}

/** Opens the way to the server: HTTPS, JSON, keep-alive, one pin or CA to trust. Connects at the first call. */
export const openServerLink: OpenServerLink = ({ url, trust, timeout = 60_000 }) => {
  const agent = new TrustingAgent(trust);
  return {
    async call(request, signal) {
      const limit = AbortSignal.timeout(timeout);
      const ends = signal === undefined ? limit : AbortSignal.any([limit, signal]);
      try {
        return await exchange(new URL(request.path, url), request, agent, ends);
      } catch (error) {
        if (limit.aborted) return { kind: "failure", code: "TIMEOUT", why: `no answer within ${timeout} ms` };
        const code = error instanceof Error && "code" in error ? String(error.code) : "FAILED";
        return { kind: "failure", code, why: error instanceof Error ? error.message : String(error) };
      }
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
    },
  };
};

async function exchange(
  url: URL,
  { method, body, token, headers }: ServerRequest,
  agent: Agent,
  signal: AbortSignal,
): Promise<ServerReply> {
  const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const packed = json !== undefined && json.length >= packFrom;
  const bytes = packed ? await pack(json) : json;
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = startRequest(url, {
      method,
      agent,
      signal,
      headers: {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
        ...(bytes === undefined
          ? {}
          : { "content-type": "application/json", "content-length": bytes.length }),
        ...(packed ? { "content-encoding": "gzip" } : {}),
        ...headers,
      },
    });
    outgoing.once("response", resolve).once("error", reject);
    outgoing.end(bytes);
  });
  return readReply(incoming, await readAll(incoming));
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > mostReply) throw distrust("REPLY_TOO_LARGE", `the reply has more than ${mostReply} octets`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function readReply(incoming: IncomingMessage, bytes: Buffer): ServerReply {
  const body = parsed(bytes);
  const problem = /\/problems\/([a-z-]+)$/.exec(String((body as { type?: unknown } | undefined)?.type))?.[1];
  const retryAfter = numberIn(incoming.headers["retry-after"]);
  const configVersion = numberIn(incoming.headers["offhook-config"]);
  return {
    kind: "reply",
    status: incoming.statusCode ?? 0,
    body,
    ...(problem === undefined ? {} : { problem }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(configVersion === undefined ? {} : { configVersion }),
  };
}

function parsed(bytes: Buffer): unknown {
  try {
    return bytes.length === 0 ? undefined : JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function numberIn(header: string | string[] | undefined): number | undefined {
  const value = typeof header === "string" && header !== "" ? Number(header) : Number.NaN;
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
