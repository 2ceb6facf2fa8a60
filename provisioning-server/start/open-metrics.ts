import { statfs } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import type { Finding } from "../../protocol/finding.ts";
import { Readiness, registerHealthRoutes } from "../health.ts";
import { buildMetricsListener } from "../listeners.ts";
import { registerMetricsRoutes } from "../metrics.ts";
import { setDeviceGauges, setFindingGauges, setNocGauges } from "../server-metrics.ts";
import type { PartsWithNoc, ServerParts } from "./parts.ts";

/** What must be well before this server takes work. */
export function serverReadiness({ inventory, config }: ServerParts): Readiness {
  const checks = [
    { name: "store", run: async () => void (await inventory.listSites()) },
    { name: "disk", run: async () => diskProblem(config.data) },
  ];
  return new Readiness(checks, () => performance.now());
}

/** Opens the listener of metrics and health; its port. */
export async function openMetrics(parts: PartsWithNoc, readiness: Readiness): Promise<number> {
  const { config, inventory, registry, metrics, noc, closing, log } = parts;
  const app = buildMetricsListener(log);
  registry.onCollect(async () => {
    const all = await inventory.ofAll();
    setNocGauges(metrics, await Promise.all(all.map(({ tenant }) => noc.pages.overview(tenant))));
    const phones = await Promise.all(all.map((each) => each.listPhones()));
    setDeviceGauges(metrics, phones.flat(), Date.now());
    setFindingGauges(metrics, await allFindings(parts));
  });
  registerMetricsRoutes(app, registry);
  registerHealthRoutes(app, readiness);
  closing.push(() => app.close());
  await app.listen({ host: config.metrics.host, port: config.metrics.port });
  return (app.server.address() as AddressInfo).port;
}

async function allFindings({ sources }: ServerParts): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { tenant, id } of await sources.sites()) {
    const site = { tenant, site: id };
    found.push(...(await sources.findings(site, Date.now(), await sources.observations(site))));
  }
  return found;
}

/** At least 5 % and 512 MiB must be free: a full disk must not come as a surprise. */
async function diskProblem(folder: string): Promise<string | undefined> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < 512 * 1024 * 1024) return `${Math.round(free / 1024 / 1024)} MiB free, 512 needed`;
  return bavail / blocks < 0.05 ? `${Math.round((bavail / blocks) * 100)} % free, 5 needed` : undefined;
}
