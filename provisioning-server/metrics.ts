import type { FastifyInstance } from "fastify";

export type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  lines(): string[];
}

/** What would make a series per phone, per customer, or tell about them; see the operations reference, section 6. */
const forbiddenLabels = [
  "mac",
  "ip",
  "address",
  "tenant",
  "site",
  "device",
  "user",
  "path",
  "error",
  "subject",
];

/** More label combinations than this in one family is a bug: something counts by a value from the wire. */
const maxSeries = 500;

/** All counters, gauges and histograms of one process, written as Prometheus text format 0.0.4. */
export class MetricsRegistry {
  readonly #families = new Map<string, Family>();
  readonly #collectors: (() => void | Promise<void>)[] = [];

  /** Goes up only. @throws on a name used twice or a forbidden label: bugs. */
  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    const counter = new Counter(name, help, labels);
    this.#add(counter);
    return counter;
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    const gauge = new Gauge(name, help, labels);
    this.#add(gauge);
    return gauge;
  }

  /** @param bounds upper bounds, ascending, without +Inf. */
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    labels: readonly string[] = [],
  ): Histogram {
    const histogram = new Histogram(name, help, bounds, labels);
    this.#add(histogram);
    return histogram;
  }

  /** Called before each scrape, to set gauges that are read from elsewhere. */
  onCollect(collect: () => void | Promise<void>): void {
    this.#collectors.push(collect);
  }

  async text(): Promise<string> {
    for (const collect of this.#collectors) await collect();
    const blocks = [...this.#families.values()].map((family) => [
      `# HELP ${family.name} ${family.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${family.name} ${family.type}`,
      ...family.lines(),
    ]);
    return `${blocks.flat().join("\n")}\n`;
  }

  #add(family: Family): void {
    if (this.#families.has(family.name)) throw new Error(`metric ${family.name} is registered twice`);
    const bad = family.labels.find((label) => forbiddenLabels.includes(label));
    if (bad !== undefined) throw new Error(`metric ${family.name} must not have the label ${bad}`);
    this.#families.set(family.name, family);
  }
}

class Values {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string, labels: readonly string[]) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    if (labels.length === 0) this.#values.set("", 0);
  }

  value(labels: Labels = {}): number {
    return this.#values.get(labelText(this, labels)) ?? 0;
  }

  lines(): string[] {
    return [...this.#values].map(([labels, value]) => `${this.name}${labels} ${numberText(value)}`);
  }

  protected put(labels: Labels, value: number): void {
    this.#set(labelText(this, labels), value);
  }

  protected raise(labels: Labels, amount: number): void {
    const key = labelText(this, labels);
    this.#set(key, (this.#values.get(key) ?? 0) + amount);
  }

  #set(key: string, value: number): void {
    if (!this.#values.has(key) && this.#values.size >= maxSeries)
      throw new Error(`metric ${this.name} has more than ${maxSeries} series`);
    this.#values.set(key, value);
  }

  protected forget(): void {
    this.#values.clear();
  }
}

export class Counter extends Values {
  readonly type = "counter";

  add(labels: Labels = {}, amount = 1): void {
    if (amount < 0) throw new Error(`counter ${this.name} cannot go down`);
    this.raise(labels, amount);
  }
}

export class Gauge extends Values {
  readonly type = "gauge";

  set(value: number, labels: Labels = {}): void {
    this.put(labels, value);
  }

  /** Sets all series at once: those not named are gone. */
  replace(series: Iterable<readonly [Labels, number]>): void {
    this.forget();
    for (const [labels, value] of series) this.put(labels, value);
  }
}

interface Buckets {
  readonly counts: number[];
  sum: number;
}

export class Histogram implements Family {
  readonly type = "histogram";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Buckets>();

  constructor(name: string, help: string, bounds: readonly number[], labels: readonly string[]) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.#bounds = bounds;
  }

  observe(value: number, labels: Labels = {}): void {
    const key = labelText(this, labels);
    const buckets = this.#series.get(key) ?? { counts: this.#bounds.map(() => 0).concat(0), sum: 0 };
    if (!this.#series.has(key) && this.#series.size >= maxSeries)
      throw new Error(`metric ${this.name} has more than ${maxSeries} series`);
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = at === -1 ? this.#bounds.length : at;
    buckets.counts[bucket] = (buckets.counts[bucket] ?? 0) + 1;
    buckets.sum += value;
    this.#series.set(key, buckets);
  }

  lines(): string[] {
    return [...this.#series].flatMap(([labels, buckets]) => this.#bucketLines(labels, buckets));
  }

  #bucketLines(labels: string, { counts, sum }: Buckets): string[] {
    let below = 0;
    const lines = counts.map((count, at) => {
      below += count;
      const le = `le="${numberText(this.#bounds[at] ?? Number.POSITIVE_INFINITY)}"`;
      const inner = labels === "" ? `{${le}}` : `${labels.slice(0, -1)},${le}}`;
      return `${this.name}_bucket${inner} ${below}`;
    });
    return [...lines, `${this.name}_sum${labels} ${numberText(sum)}`, `${this.name}_count${labels} ${below}`];
  }
}

function labelText(family: { name: string; labels: readonly string[] }, labels: Labels): string {
  if (Object.keys(labels).length !== family.labels.length)
    throw new Error(`metric ${family.name} takes the labels ${family.labels.join(", ") || "(none)"}`);
  if (family.labels.length === 0) return "";
  const pairs = family.labels.map((name) => `${name}="${escaped(labels[name], family.name, name)}"`);
  return `{${pairs.join(",")}}`;
}

function escaped(value: string | undefined, family: string, label: string): string {
  if (value === undefined) throw new Error(`metric ${family} lacks the label ${label}`);
  // Nearly all are words of ours, and counted at every request.
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return Number.isNaN(value) ? "NaN" : String(value);
}

/** `GET /metrics`, for the listener that only this machine reaches. */
export function registerMetricsRoutes(app: FastifyInstance, registry: MetricsRegistry): void {
  app.get("/metrics", async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await registry.text()),
  );
}
