import { Agent, request } from "node:https";

/** What a phone sees of an answer. */
export interface HttpSeen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface HttpWish {
  readonly method: "GET" | "HEAD";
  /** With a slash in front, as it goes onto the wire. */
  readonly path: string;
  readonly userAgent?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** A phone that boots: one connection, kept, on which it asks for one thing after the other, and checks the certificate. */
export class HttpsPhone implements Disposable {
  readonly #agent: Agent;
  readonly #port: number;

  constructor(port: number, ca: string) {
    this.#port = port;
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 1 });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  ask({ method, path, userAgent, ifNoneMatch }: HttpWish): Promise<HttpSeen> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpSeen>();
    const headers = {
      ...(userAgent === undefined ? {} : { "user-agent": userAgent }),
      ...(ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch }),
    };
    const to = { host: "127.0.0.1", port: this.#port, agent: this.#agent, method, path, headers };
    const asked = request(to, (reply) => {
      const parts: Buffer[] = [];
      reply.on("data", (part: Buffer) => parts.push(part));
      reply.on("error", reject);
      reply.on("end", () =>
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(parts) }),
      );
    });
    asked.on("error", reject);
    asked.end();
    return promise;
  }
}
