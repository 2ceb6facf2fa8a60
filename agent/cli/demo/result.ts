import type { RunningServer } from "../../../provisioning-server/main.ts";
import { demoPhones, demoSite, demoSwitch, faultyPort } from "./plan.ts";

/** What `offhook demo --json` prints, and whether all of it is as it should be. */
export interface DemoResult {
  readonly phones: { readonly expected: number; readonly provisioned: number };
  /** Ports of the switch whose PoE state is known. */
  readonly ports: number;
  readonly reports: { readonly stored: number; readonly lost: number };
  readonly incidents: readonly { readonly cause: string; readonly subject: string; readonly rule: string }[];
  readonly seconds: number;
  readonly done: boolean;
}

const planted = { cause: "weak-power", subject: `port:${demoSwitch}/${faultyPort}` } as const;

/** Reads, from the server alone, how far the demo has come. */
export async function readResult(server: RunningServer, startedAt: number): Promise<DemoResult> {
  const phones = await server.inventory.listPhones(demoSite);
  const provisioned = phones.filter(
    ({ seen }) => seen?.configAt !== undefined && seen.via === "https",
  ).length;
  const observed = await server.current.observationsOf({ tenant: "default", site: demoSite });
  const ports = observed.filter(({ observation }) => observation.key === "poe.state").length;
  const reports = await server.reports.totals({ tenant: "default", site: demoSite });
  const overview = await server.noc.pages.overview("default");
  const incidents = overview.incidents
    .filter(({ state }) => state === "open" || state === "acknowledged")
    .map(({ cause, subject, rule }) => ({ cause, subject, rule }));
  const diagnosed = incidents.some(
    ({ cause, subject }) => cause === planted.cause && subject === planted.subject,
  );
  return {
    phones: { expected: demoPhones.length, provisioned },
    ports,
    reports,
    incidents,
    seconds: Math.round((Date.now() - startedAt) / 100) / 10,
    done:
      provisioned === demoPhones.length &&
      diagnosed &&
      incidents.length === 1 &&
      reports.stored > 0 &&
      reports.lost === 0,
  };
}
