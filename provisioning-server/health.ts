import type { FastifyInstance } from "fastify";

/** One thing that must be well before this node takes work, such as `store`, `schema`, `listeners`, `disk`. */
export interface HealthCheck {
  readonly name: string;
  /** Undefined when well, else why not. Throwing is "not well" too. */
  run(signal: AbortSignal): Promise<string | undefined>;
}

export interface CheckResult {
  readonly name: string;
  /** Absent: well. */
  readonly why?: string;
}

const limit = 1000;

/** Runs the checks side by side, each for at most a second, and keeps what they said for a second. */
export class Readiness {
  readonly #checks: readonly HealthCheck[];
  readonly #now: () => number;
  #kept: { readonly at: number; readonly results: Promise<CheckResult[]> } | undefined;
  #draining = false;

  constructor(checks: readonly HealthCheck[], now: () => number) {
    this.#checks = checks;
    this.#now = now;
  }

  /** From now on not ready: the first thing a stopping server does, so that balancers send no more. */
  drain(): void {
    this.#draining = true;
  }

  async results(): Promise<CheckResult[]> {
    const now = this.#now();
    if (this.#kept === undefined || now - this.#kept.at >= limit)
      this.#kept = { at: now, results: Promise.all(this.#checks.map(result)) };
    const draining = { name: "draining", ...(this.#draining ? { why: "the server is stopping" } : {}) };
    return [...(await this.#kept.results), draining];
  }
}

async function result(check: HealthCheck): Promise<CheckResult> {
  const signal = AbortSignal.timeout(limit);
  const late = new Promise<string>((resolve) =>
    signal.addEventListener("abort", () => resolve("no answer within 1 s"), { once: true }),
  );
  const why = await Promise.race([check.run(signal).catch(String), late]);
  return { name: check.name, ...(why === undefined ? {} : { why }) };
}

/** `GET /livez` and `GET /readyz` with `?verbose` and `?exclude=name`. */
export function registerHealthRoutes(app: FastifyInstance, readiness: Readiness): void {
  app.get("/livez", (_request, reply) => reply.type("text/plain; charset=utf-8").send("ok\n"));
  app.get("/readyz", async (request, reply) => {
    const query = new URLSearchParams(request.url.split("?")[1] ?? "");
    const excluded = query.getAll("exclude");
    const results = (await readiness.results()).filter(({ name }) => !excluded.includes(name));
    const ready = results.every(({ why }) => why === undefined);
    const lines = results.map(({ name, why }) => (why === undefined ? `[+]${name} ok` : `[-]${name} ${why}`));
    const short = ready ? "ok" : "not ready";
    const text = query.has("verbose") ? [...lines, short].join("\n") : short;
    return reply
      .code(ready ? 200 : 503)
      .header("cache-control", "no-store")
      .type("text/plain; charset=utf-8")
      .send(`${text}\n`);
  });
}
