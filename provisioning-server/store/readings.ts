import { Lru } from "../inventory/lru.ts";
import type { Reading, SiteRef } from "../noc/sources.ts";
import type { ReportName, Reports } from "./reports.ts";

/** A report a minute of two agents over six hours; of more agents the newest count. */
const mostReports = 720;
/** Reports never change, and a page reads nearly the same ones again and again. */
const keptReports = 20_000;

/** Numbers of the past, out of the stored reports. */
export class Readings {
  readonly #reports: Reports;
  readonly #keys: ReadonlySet<string>;
  readonly #kept = new Lru<string, readonly Reading[]>(keptReports);

  /** @param keys the observation keys that are wanted at all. */
  constructor(reports: Reports, keys: ReadonlySet<string>) {
    this.#reports = reports;
    this.#keys = keys;
  }

  /** What a site's agents measured since `from` (ms), oldest first: the mean of each report's numbers. */
  async of(site: SiteRef, from: number): Promise<Reading[]> {
    const readings: Reading[] = [];
    // One after the other: unpacking blocks, and others want their turn between.
    for (const name of await this.#reports.namesOfSite(site, from, mostReports))
      readings.push(...(await this.#ofReport(site.tenant, name)));
    return readings.filter(({ at }) => at >= from).toSorted((a, b) => a.at - b.at);
  }

  async #ofReport(tenant: string, name: ReportName): Promise<readonly Reading[]> {
    const id = `${tenant} ${name.agent} ${name.epoch} ${name.seq}`;
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    const stored = await this.#reports.find(tenant, name);
    if (stored === undefined) return [];
    const readings = stored.report.observations.flatMap(({ last, mean }) =>
      this.#keys.has(last.key) && mean !== undefined
        ? [{ subject: last.subject, key: last.key, value: mean, at: last.at + stored.shift }]
        : [],
    );
    this.#kept.set(id, readings);
    return readings;
  }
}
