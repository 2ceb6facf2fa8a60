import { createHash } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { SnmpDropped, SnmpReply, SnmpRequest, UserTarget } from "./ask.ts";
import { canonicalAddress } from "./canonical-address.ts";
import { V3Agent } from "./v3-agent.ts";

type Family = "udp4" | "udp6";

/** As for v2c: a hundred switches that answer at once lose nothing. */
const receiveBuffer = 4 << 20;
/** Engines known at a time; the one not asked for longest goes first, and is discovered anew when it is asked again. */
const mostAgents = 5000;

const placeOf = ({ host, port }: { host: string; port: number }) => `${canonicalAddress(host)} ${port}`;

/** One user at one agent; the keys in it as a digest, so that a changed password makes another agent of it. */
function keyOf(target: UserTarget): string {
  const { user, level, auth, authKey, priv, privKey, context } = target.v3;
  const secrets = createHash("sha256").update(JSON.stringify([authKey?.reveal(), privKey?.reveal()]));
  return JSON.stringify([placeOf(target), user, level, auth, priv, context, secrets.digest("base64")]);
}

/** Asks agents by v3, all over one socket per family. What was learned of an engine outlives the socket. */
export class V3Sessions {
  readonly #dropped: SnmpDropped;
  readonly #agents = new Map<string, V3Agent>();
  /** Agents being asked, by address and port: what comes from anywhere else is dropped. */
  readonly #asked = new Map<string, Set<V3Agent>>();
  readonly #sockets = new Map<Family, Promise<Socket>>();
  #open = new Map<Family, Socket>();

  constructor(dropped: SnmpDropped) {
    this.#dropped = dropped;
  }

  /** @throws the signal's reason when it ends the wait. */
  async ask(target: UserTarget, request: SnmpRequest, signal: AbortSignal): Promise<SnmpReply> {
    const family = isIPv6(target.host) ? "udp6" : "udp4";
    await this.#socket(family);
    const agent = this.#agent(target, family);
    const { port, host, answersFrom = [] } = target;
    const places = [host, ...answersFrom].map((address) => placeOf({ host: address, port }));
    for (const place of places) this.#asked.set(place, (this.#asked.get(place) ?? new Set()).add(agent));
    try {
      return await agent.ask(target, request, signal);
    } finally {
      for (const place of places) this.#leave(place, agent);
    }
  }

  async close(): Promise<void> {
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    this.#open = new Map();
    for (const agents of this.#asked.values())
      for (const agent of agents) agent.fail(new Error("the socket was closed"));
    for (const socket of await Promise.allSettled(sockets)) {
      if (socket.status === "fulfilled") socket.value.close();
    }
  }

  #leave(place: string, agent: V3Agent): void {
    const here = this.#asked.get(place);
    here?.delete(agent);
    if (here?.size === 0) this.#asked.delete(place);
  }

  #agent(target: UserTarget, family: Family): V3Agent {
    const key = keyOf(target);
    const host = canonicalAddress(target.host);
    const agent =
      this.#agents.get(key) ??
      new V3Agent(target, (bytes) => this.#send(family, bytes, { host, port: target.port }));
    this.#agents.delete(key);
    this.#agents.set(key, agent);
    const oldest = this.#agents.keys().next().value;
    if (this.#agents.size > mostAgents && oldest !== undefined) this.#agents.delete(oldest);
    return agent;
  }

  #send(family: Family, bytes: Uint8Array, to: { host: string; port: number }): void {
    this.#open.get(family)?.send(bytes, to.port, to.host, (error) => {
      if (error === null) return;
      for (const agent of this.#asked.get(`${to.host} ${to.port}`) ?? []) agent.fail(error);
    });
  }

  #socket(family: Family): Promise<Socket> {
    const known = this.#sockets.get(family) ?? this.#openSocket(family);
    this.#sockets.set(family, known);
    return known;
  }

  async #openSocket(family: Family): Promise<Socket> {
    const socket = createSocket(family);
    socket.on("message", (bytes, from) =>
      this.#hear(bytes, placeOf({ host: from.address, port: from.port })),
    );
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, resolve);
    });
    socket.removeAllListeners("error");
    // An ICMP error belongs to one request, which times out by itself.
    socket.on("error", () => {});
    socket.setRecvBufferSize(receiveBuffer);
    this.#open.set(family, socket);
    return socket;
  }

  #hear(bytes: Buffer, place: string): void {
    const agents = this.#asked.get(place);
    if (agents === undefined) {
      this.#dropped.stray += 1;
      return;
    }
    const heard = [...agents].map((agent) => agent.hear(bytes));
    if (!heard.some((each) => each.taken)) this.#dropped.stray += 1;
  }
}
