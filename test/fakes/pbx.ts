import { randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket as UdpHandle } from "node:dgram";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../protocol/sip/encode-sip.ts";
import type { SipRequest, SipResponse } from "../../protocol/sip/message.ts";
import { buildResponse, type ResponseParts } from "../../protocol/sip/response.ts";
import {
  serverTransactionKey,
  startServerTransaction,
  stepServerTransaction,
  type ServerTransaction,
} from "../../protocol/sip/server-transaction.ts";
import { emptyStream, stepStream } from "../../protocol/sip/stream-framing.ts";
import { rfcTimers } from "../../protocol/sip/transaction-timers.ts";
import { requestUser, Script, type Behaviour, type For } from "./pbx/behaviour.ts";
import { Registrar, type PbxAccount, type Registration } from "./pbx/registrar.ts";

export type { Behaviour } from "./pbx/behaviour.ts";
export type { PbxAccount, Registration } from "./pbx/registrar.ts";

export interface FakePbxOptions {
  readonly accounts: readonly PbxAccount[];
  readonly realm?: string;
  readonly address?: string;
  /** UDP and TCP; 0 or absent: any that is free for both. */
  readonly port?: number;
  /** PEM; with it TLS is served as well. */
  readonly tls?: { readonly port?: number; readonly key: string; readonly cert: string };
  /** Default SHA-256, then MD5. */
  readonly algorithms?: readonly string[];
  readonly minExpires?: number;
  readonly nonceLife?: number;
  readonly server?: string;
  readonly now?: () => number;
}

interface Source {
  readonly transport: "udp" | "tcp" | "tls";
  readonly address: string;
  readonly port: number;
  readonly send: (bytes: Uint8Array) => void;
}

/** A PBX for tests and the demo: registrar with digest logins, OPTIONS, and trouble on demand. */
export class FakePbx implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly tlsPort: number | undefined;
  /** Every request that came, repeats too. */
  readonly requests: { readonly request: SipRequest; readonly transport: Source["transport"] }[] = [];
  readonly #script = new Script();
  readonly #registrar: Registrar;
  readonly #transactions = new Map<string, ServerTransaction>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #streams = new Set<Socket>();
  readonly #listeners: Listeners;
  readonly #server: string;
  readonly #now: () => number;

  /** Use `startFakePbx`. */
  constructor(options: FakePbxOptions, listeners: Listeners) {
    this.#listeners = listeners;
    this.#server = options.server ?? "Example PBX 1.0";
    this.#now = options.now ?? Date.now;
    const { accounts, realm = "pbx.example", algorithms = ["SHA-256", "MD5"] } = options;
    const { minExpires = 1, nonceLife = 300_000 } = options;
    const newNonce = (): string => randomBytes(12).toString("hex");
    this.#registrar = new Registrar({ accounts, realm, algorithms, minExpires, nonceLife }, newNonce);
    const { address, port } = listeners.udp.address();
    this.address = address;
    this.port = port;
    this.tlsPort = listeners.tls === undefined ? undefined : portOf(listeners.tls);
    listeners.udp.on("message", (bytes, from) => this.#datagram(bytes, from));
    listeners.tcp.on("connection", (socket: Socket) => this.#stream(socket, "tcp"));
    listeners.tls?.on("secureConnection", (socket: Socket) => this.#stream(socket, "tls"));
  }

  /** From now on, for these requests (default all). `normal` ends it. */
  behave(behaviour: Behaviour, what: For = {}): void {
    this.#script.set(behaviour, what);
  }

  registrations(): Registration[] {
    return this.#registrar.registrations(this.#now());
  }

  #datagram(bytes: Uint8Array, { address, port }: RemoteInfo): void {
    const received = decodeSip(bytes);
    if (!received.ok || received.value.message.kind !== "request") return;
    const send = (answer: Uint8Array): void => {
      // A socket that closed meanwhile, or an ICMP error, is no concern of a server.
      this.#listeners.udp.send(answer, port, address, () => undefined);
    };
    this.#request(received.value.message, bytes.length, { transport: "udp", address, port, send });
  }

  #stream(socket: Socket, transport: "tcp" | "tls"): void {
    this.#streams.add(socket);
    socket.on("close", () => this.#streams.delete(socket));
    socket.on("error", () => socket.destroy());
    const { remoteAddress: address = "", remotePort: port = 0 } = socket;
    const send = (answer: Uint8Array): void => void socket.write(answer);
    let state = emptyStream;
    socket.on("data", (bytes: Uint8Array) => {
      const step = stepStream(state, bytes);
      state = step.state;
      for (const piece of step.pieces) {
        if (piece.kind === "ping") send(Buffer.from("\r\n"));
        if (piece.kind === "broken") socket.destroy();
        if (piece.kind !== "message" || piece.received.message.kind !== "request") continue;
        this.#request(piece.received.message, piece.bytes.length, { transport, address, port, send });
      }
    });
  }

  #request(request: SipRequest, size: number, source: Source): void {
    this.requests.push({ request, transport: source.transport });
    const behaviour = this.#script.of(request, size);
    if (behaviour.kind === "silent" || request.method === "ACK") return;
    if (behaviour.kind === "bytes") return source.send(behaviour.bytes);
    if (behaviour.kind !== "slow") return this.#answer(request, behaviour, source);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#answer(request, behaviour, source);
    }, behaviour.ms);
    this.#timers.add(timer);
  }

  #answer(request: SipRequest, behaviour: Behaviour, source: Source): void {
    const now = this.#now();
    this.#forgetOld(now);
    const key = serverTransactionKey(request);
    const old = this.#transactions.get(key);
    const step =
      old === undefined
        ? stepServerTransaction(
            startServerTransaction(request, { reliable: source.transport !== "udp", timers: rfcTimers }),
            { kind: "respond", response: this.#response(request, behaviour, source, now), now },
          )
        : stepServerTransaction(old, { kind: "repeat", now });
    if (step.transaction.phase === "terminated") this.#transactions.delete(key);
    else this.#transactions.set(key, step.transaction);
    for (const response of step.send) source.send(encodeSip(response));
  }

  #forgetOld(now: number): void {
    for (const [key, { endAt = Infinity }] of this.#transactions) {
      if (endAt <= now) this.#transactions.delete(key);
    }
  }

  #response(request: SipRequest, behaviour: Behaviour, source: Source, now: number): SipResponse {
    const parts = this.#parts(request, behaviour, source, now);
    const headers = [...(parts.headers ?? []), { name: "Server", value: this.#server }];
    return buildResponse(request, source, { ...parts, headers, toTag: randomBytes(6).toString("hex") });
  }

  #parts(
    request: SipRequest,
    behaviour: Behaviour,
    source: Source,
    now: number,
  ): Omit<ResponseParts, "toTag"> {
    if (behaviour.kind === "answer") return behaviour;
    if (behaviour.kind === "challenge") {
      const login = this.#registrar.login(request, now);
      if (!login.ok) return login.answer;
    }
    switch (request.method) {
      case "REGISTER":
        return this.#registrar.register(request, `${source.transport} ${source.address}:${source.port}`, now);
      case "OPTIONS":
        return this.#options(request);
      // Calls come with the test-call probe; until then the PBX says honestly what it can.
      default:
        return { code: 405, headers: [allow] };
    }
  }

  #options(request: SipRequest): Omit<ResponseParts, "toTag"> {
    const user = requestUser(request);
    if (user !== undefined && !this.#registrar.knows(user)) return { code: 404 };
    const headers = [
      allow,
      { name: "Accept", value: "application/sdp" },
      { name: "Supported", value: "path" },
    ];
    return { code: 200, headers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#streams) socket.destroy();
    await closeListeners(this.#listeners);
  }
}

const allow = { name: "Allow", value: "OPTIONS, REGISTER, ACK" };

/** Starts a PBX on loopback (or `address`). @throws NodeJS.ErrnoException when a given port is taken. */
export async function startFakePbx(options: FakePbxOptions): Promise<FakePbx> {
  const address = options.address ?? "127.0.0.1";
  const pair = await listenPair(address, options.port ?? 0);
  if (options.tls === undefined) return new FakePbx(options, pair);
  const { key, cert, port = 0 } = options.tls;
  const tls = createTlsServer({ key, cert });
  // A failed handshake is the client's to report.
  tls.on("tlsClientError", () => undefined);
  try {
    await listen(tls, port, address);
  } catch (error) {
    await closeListeners(pair);
    throw error;
  }
  return new FakePbx(options, { ...pair, tls });
}

interface Listeners {
  readonly udp: UdpHandle;
  readonly tcp: Server;
  readonly tls?: Server;
}

/** UDP and TCP on one port number; with port 0, a number that is free for both is looked for. */
async function listenPair(address: string, port: number): Promise<Listeners> {
  for (let tries = 0; ; tries += 1) {
    const udp = createSocket(address.includes(":") ? "udp6" : "udp4");
    const tcp = createTcpServer();
    try {
      udp.bind(port, address);
      await once(udp, "listening");
      await listen(tcp, udp.address().port, address);
      udp.on("error", () => undefined);
      return { udp, tcp };
    } catch (error) {
      udp.close();
      if (port !== 0 || tries > 20) throw error;
    }
  }
}

async function listen(server: Server, port: number, address: string): Promise<void> {
  server.listen(port, address);
  await once(server, "listening");
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function closeListeners({ udp, tcp, tls }: Listeners): Promise<void> {
  const servers = tls === undefined ? [tcp] : [tcp, tls];
  for (const server of servers) server.close();
  udp.close();
  await Promise.all([once(udp, "close"), ...servers.map((server) => once(server, "close"))]);
}
