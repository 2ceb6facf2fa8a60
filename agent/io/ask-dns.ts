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

const services = ["_sips._tcp", "_sip._tcp", "_sip._udp"] as const;

/** One resolver, asked for one domain after the other. */
export class DnsQuestions {
  readonly #resolver = new Resolver({ timeout: 2000, tries: 2 });
  readonly #mono: () => number;
  #slowest = 0;

  /** @throws TypeError where the resolver is no address. */
  constructor({ resolver, localAddress }: DnsAsk, mono: () => number) {
    this.#mono = mono;
    if (resolver !== undefined) this.#resolver.setServers([resolver]);
    if (localAddress !== undefined) this.#resolver.setLocalAddress(localAddress);
  }

  async ask(domain: string): Promise<DnsAnswers> {
    this.#slowest = 0;
    const own = await this.#addresses(domain);
    const srv = (await Promise.all(services.map((service) => this.#srv(service, domain)))).flat();
    const naptr = await this.#timed(this.#resolver.resolveNaptr(domain));
    const targets = [...new Set(srv.map(({ target }) => target))];
    const found = await Promise.all(
      targets.map(async (target) => ({ target, ...(await this.#addresses(target)) })),
    );
    return {
      addresses: own.addresses.toSorted(),
      srv: srv.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight),
      naptr: (naptr.ok ? naptr.value : []).map(
        (each) => `${each.order} ${each.preference} ${each.flags} ${each.service} ${each.replacement}`,
      ),
      dead: found.filter(({ addresses }) => addresses.length === 0).map(({ target }) => target),
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
    return { addresses, code: v4.ok ? "" : v4.code };
  }

  async #srv(service: string, domain: string) {
    const answer = await this.#timed(this.#resolver.resolveSrv(`${service}.${domain}`));
    if (!answer.ok) return [];
    return answer.value.map(({ priority, weight, port, name }) => ({
      service,
      priority,
      weight,
      port,
      target: name,
    }));
  }

  async #timed<T>(question: Promise<T>): Promise<{ ok: true; value: T } | { ok: false; code: string }> {
    const start = this.#mono();
    try {
      return { ok: true, value: await question };
    } catch (error) {
      return { ok: false, code: (error as NodeJS.ErrnoException).code ?? "EFAILED" };
    } finally {
      this.#slowest = Math.max(this.#slowest, this.#mono() - start);
    }
  }
}
