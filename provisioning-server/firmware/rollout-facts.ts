import type { Observation } from "../../protocol/observation.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { DeviceSeen } from "../store/device-seen.ts";
import { CurrentObservations } from "../store/observations.ts";
import { waysTo } from "./plan-rollout.ts";
import type { PhoneHealth, Rollout, SiteHealth } from "./rollout.ts";
import type { Shelf } from "./shelf.ts";
import type { PhoneFacts, RolloutFacts } from "./step-rollout.ts";

/** An observation that is older tells nothing of now, ms. */
const youngest = 15 * 60_000;

/** What the doors and the agents know of a roll-out's phones and sites. */
export async function readFacts(inventory: Inventory, rollout: Rollout, now: number): Promise<RolloutFacts> {
  const { store, tenant } = inventory;
  const seen = await new DeviceSeen(store).all(tenant);
  const current = new CurrentObservations(store);
  const health = new Map<string, PhoneHealth>();
  const sites = new Map<string, SiteHealth>();
  for (const site of new Set(rollout.phones.map((phone) => phone.site))) {
    const rows = await current.observationsOf({ tenant, site }, now - youngest);
    const agents = rows.map(({ observation }) => observation);
    const all = [...agents, ...(await inventory.facts(site, now))];
    for (const [mac, own] of phoneHealth(all)) health.set(mac, own);
    sites.set(site, siteHealth(agents));
  }
  const phones = new Map<string, PhoneFacts>();
  const noWay = await noWaysBack(inventory, rollout);
  for (const { mac } of rollout.phones) {
    const { firmware: version, at: seenAt, configAt } = seen.get(mac) ?? {};
    const noWayBack = noWay.get(mac);
    phones.set(mac, {
      health: health.get(mac) ?? {},
      ...(version === undefined ? {} : { version }),
      ...(seenAt === undefined ? {} : { seenAt }),
      ...(configAt === undefined ? {} : { configAt }),
      ...(noWayBack === undefined ? {} : { noWayBack }),
    });
  }
  return { phones, sites };
}

async function noWaysBack(inventory: Inventory, rollout: Rollout): Promise<Map<string, string>> {
  const [profiles, { firmware }] = await Promise.all([inventory.profiles(), inventory.renderContext()]);
  const shelf = firmware as Shelf; // ours: renderContext() makes it
  const no = new Map<string, string>();
  const devices = new Map((await inventory.listPhones()).map(({ device }) => [device.mac, device]));
  for (const { mac, from, site } of rollout.phones) {
    const device = devices.get(mac);
    if (device === undefined || from === undefined) continue;
    const phone = { mac, site, vendor: device.vendor, model: device.model, from: rollout.to };
    const refused = waysTo(from, [phone], profiles, shelf)[0]?.refused;
    if (refused !== undefined) no.set(mac, `it cannot go back: ${refused}`);
  }
  return no;
}

/** By MAC. The port that a phone hangs on tells of its power. */
function phoneHealth(observations: readonly Observation[]): Map<string, PhoneHealth> {
  const portOf = new Map<string, string>();
  const bySubject = Map.groupBy(observations, ({ subject }) => subject);
  for (const { subject, key, value } of observations)
    if (key === "port.phone" && typeof value === "string") portOf.set(value, subject);
  const macs = new Set([
    ...portOf.keys(),
    ...observations.flatMap(({ subject }) => (subject.startsWith("phone:") ? [subject.slice(6)] : [])),
  ]);
  const health = new Map<string, PhoneHealth>();
  for (const mac of macs) {
    const port = bySubject.get(portOf.get(mac) ?? "") ?? [];
    health.set(mac, healthOf([...(bySubject.get(`phone:${mac}`) ?? []), ...port]));
  }
  return health;
}

function healthOf(observations: readonly Observation[]): PhoneHealth {
  const values = new Map(observations.map(({ key, value }) => [key as string, value]));
  const [registered, watts, fault, boots] = ["phone.registered", "poe.watts", "poe.fault", "prov.boots"].map(
    (key) => values.get(key),
  );
  return {
    ...(typeof registered === "boolean" ? { registered } : {}),
    ...(typeof watts === "number" ? { watts } : {}),
    ...(typeof fault === "string" ? { fault } : {}),
    ...(typeof boots === "number" ? { boots } : {}),
  };
}

/** The worst of all targets. */
function siteHealth(observations: readonly Observation[]): SiteHealth {
  const numbers = (...keys: readonly string[]) =>
    observations.flatMap(({ key, value }) =>
      keys.includes(key) && typeof value === "number" ? [value] : [],
    );
  const codes = observations.filter(({ key }) => key === "sip.code");
  const rtts = numbers("sip.rtt");
  const losses = numbers("rtp.fwd.loss", "rtp.rev.loss", "rtp.loss");
  const scores = numbers("rtp.mos");
  return {
    ...(codes.length === 0 ? {} : { optionsAnswered: codes.every(({ value }) => typeof value === "number") }),
    ...(rtts.length === 0 ? {} : { optionsRtt: Math.max(...rtts) }),
    ...(losses.length === 0 ? {} : { loss: Math.max(...losses) }),
    ...(scores.length === 0 ? {} : { mos: Math.min(...scores) }),
  };
}
