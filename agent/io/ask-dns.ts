import { Resolver } from "node:dns/promises";

/** Names of one domain as a resolver tells them. */
export interface DnsAnswers {
  readonly addresses: readonly string[];
  readonly srv: readonly {
    readonly service: string;
    readonly priority: number;
    readonly weight: number;
    readonly port: number;
    readonly target: string;
  }[];
  readonly naptr: readonly string[];
  /** Targets of SRV that have no address. */
  readonly dead: readonly string[];
  /** Of the slowest answer, ms. */
  readonly slowest: number;
  /** Code of the failure when the name itself has no address and no SRV. */
  readonly error?: string;
}

export interface DnsAsk {
  /** `ADDRESS[:PORT]` of a resolver; absent: those of the system. */
  readonly resolver?: string | undefined;
  readonly localAddress?: string | undefined;
}

/** The resolver itself did not answer, or there is none: that says nothing of the name. */
export function isNobody(code: string): boolean {
  return code === "ETIMEOUT" || code === "ECONNREFUSED";
}

function isNone(code: string): boolean {
  return code === "ENOTFOUND" || code === "ENODATA";
}

/** Told so by the resolver; one that failed says nothing of the target. */
function hasNone(found: { readonly addresses: readonly string[]; readonly code: string }): boolean {
  return found.addresses.length === 0 && isNone(found.code);
}

const services = ["_sips._tcp", "_sip._tcp", "_sip._udp"] as const;

/** One resolver, asked for one domain after the other. */
export class DnsQuestions {
  readonly #resolver = new Resolver({ timeout: 2000, tries: 2 });
  readonly #mono: () => number;
  readonly #signal: AbortSignal;
  #slowest = 0;

  /** @throws TypeError where the resolver is no address. */
  constructor({ resolver, localAddress }: DnsAsk, mono: () => number, signal: AbortSignal) {
    this.#mono = mono;
    this.#signal = signal;
    if (resolver !== undefined) this.#resolver.setServers([resolver]);
    if (localAddress !== undefined) this.#resolver.setLocalAddress(localAddress);
  }

  /** @throws the signal's reason. */
  async ask(domain: string): Promise<DnsAnswers> {
    const cancel = (): void => this.#resolver.cancel();
    this.#signal.throwIfAborted();
    this.#signal.addEventListener("abort", cancel);
    try {
      return await this.#ask(domain);
    } finally {
      this.#signal.removeEventListener("abort", cancel);
    }
  }

  async #ask(domain: string): Promise<DnsAnswers> {
    this.#slowest = 0;
    const own = await this.#addresses(domain);
    // Whoever is not there will not answer the other questions either, and each would take seconds to say so.
    if (isNobody(own.code))
      return { addresses: [], srv: [], naptr: [], dead: [], slowest: this.#slowest, error: own.code };
    const srv = (await Promise.all(services.map((service) => this.#srv(service, domain)))).flat();
    const naptr = await this.#timed(this.#resolver.resolveNaptr(domain));
    // A target that is the root says that there is no such service (RFC 2782), and it has no address to look for.
    const targets = [...new Set(srv.map(({ target }) => target))].filter((target) => target !== "");
    const found = await Promise.all(
      targets.map(async (target) => ({ target, ...(await this.#addresses(target)) })),
    );
    return {
      addresses: own.addresses.toSorted(),
      srv: srv.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight),
      naptr: (naptr.ok ? naptr.value : []).map(
        (each) => `${each.order} ${each.preference} ${each.flags} ${each.service} ${each.replacement}`,
      ),
      dead: found.filter(hasNone).map(({ target }) => target),
      slowest: this.#slowest,
      ...(own.addresses.length === 0 && srv.length === 0 ? { error: own.code } : {}),
    };
  }

  async #addresses(name: string): Promise<{ addresses: string[]; code: string }> {
    const [v4, v6] = await Promise.all([
      this.#timed(this.#resolver.resolve4(name)),
      this.#timed(this.#resolver.resolve6(name)),
    ]);
    const addresses = [...(v4.ok ? v4.value : []), ...(v6.ok ? v6.value : [])];
    // A failure of the resolver says more than "none of this kind".
    const codes = [v4, v6].flatMap((each) => (each.ok ? [] : [each.code]));
    return { addresses, code: codes.find((code) => !isNone(code)) ?? codes[0] ?? "" };
  }

  async #srv(service: string, domain: string) {
    const answer = await this.#timed(this.#resolver.resolveSrv(`${service}.${domain}`));
    if (!answer.ok) return [];
    return answer.value.map(({ priority, weight, port, name }) => ({
      service,
      priority,
      weight,
      port,
      target: name === "." ? "" : name,
    }));
  }

  async #timed<T>(question: Promise<T>): Promise<{ ok: true; value: T } | { ok: false; code: string }> {
    const start = this.#mono();
    try {
      return { ok: true, value: await question };
    } catch (error) {
      this.#signal.throwIfAborted();
      return { ok: false, code: (error as NodeJS.ErrnoException).code ?? "EFAILED" };
    } finally {
      this.#slowest = Math.max(this.#slowest, this.#mono() - start);
    }
  }
}
