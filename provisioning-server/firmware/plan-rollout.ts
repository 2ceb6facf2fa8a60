import type { MacAddress } from "../../protocol/mac-address.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import { sameVersion, upgradePath } from "./upgrade-path.ts";
import type { Shelf } from "./shelf.ts";

/** A phone that a roll-out may concern. */
export interface PlannedPhone {
  readonly mac: MacAddress;
  readonly vendor: string;
  readonly model: string;
  readonly site: string;
  /** What it runs, as it last said. */
  readonly from?: string;
}

/** The way of one phone: the octets it fetches on it, or why it has none. */
export interface PhoneWay {
  readonly phone: PlannedPhone;
  readonly steps: readonly string[];
  readonly images: readonly { readonly sha256: string; readonly size: number }[];
  readonly refused?: string;
}

export interface SitePlan {
  readonly site: string;
  readonly phones: number;
  /** Over the site's line: every phone fetches for itself, or each image once where the site keeps its own copies. */
  readonly bytes: number;
  readonly bytesWithCache: number;
  /** By the pace, within the window. */
  readonly hours: number;
}

export interface UpgradePlan {
  readonly to: string;
  readonly phones: number;
  /** Phones that go the same way: `5.5.2 → 5.7.3 → 5.9.8`. */
  readonly ways: readonly { readonly way: string; readonly phones: number }[];
  readonly refused: readonly { readonly reason: string; readonly phones: readonly MacAddress[] }[];
  readonly sites: readonly SitePlan[];
}

/** Where each phone stands that is not there already. */
export function waysTo(
  to: string,
  phones: readonly PlannedPhone[],
  profiles: Profiles,
  shelf: Shelf,
): PhoneWay[] {
  return phones
    .filter(({ from }) => from === undefined || !sameVersion(from, to))
    .map((phone) => wayOf(phone, to, profiles, shelf));
}

function wayOf(phone: PlannedPhone, to: string, profiles: Profiles, shelf: Shelf): PhoneWay {
  const nowhere = (refused: string): PhoneWay => ({ phone, steps: [], images: [], refused });
  const model = findModel(profiles, phone.vendor, phone.model);
  if (model === undefined) return nowhere(`no profile describes ${phone.vendor} ${phone.model}`);
  const goal = shelf.imageOf(model, to);
  if (goal === undefined) return nowhere(`no image of ${to} for ${phone.model} is here`);
  if (!model.family.carried.has("firmware.url") && !model.family.carried.has("firmware.version"))
    return nowhere(`no key of ${model.family.vendor.name} that we know names an image`);
  const { from } = phone;
  const path = upgradePath(model.family.vendor.firmware, {
    model: phone.model,
    to,
    ...(from === undefined ? {} : { from }),
  });
  if (path.kind === "refused") return nowhere(path.reason);
  const images = path.steps.map((step) => (step === to ? goal : shelf.imageOfStep(model, step)));
  const missing = path.steps.find((_, index) => images[index] === undefined);
  if (missing !== undefined) return nowhere(`it must go to ${missing} first, and no image of that is here`);
  return { phone, steps: path.steps, images: images.filter((image) => image !== undefined) };
}

/** What a roll-out costs. `window`: share of the day in which phones may be asked, 1 is all of it. */
export function planUpgrade(
  to: string,
  ways: readonly PhoneWay[],
  { perSiteHour, window }: { readonly perSiteHour: number; readonly window: number },
): UpgradePlan {
  const going = ways.filter(({ refused }) => refused === undefined);
  const byWay = Map.groupBy(going, ({ phone, steps }) => [phone.from ?? "?", ...steps].join(" → "));
  const byReason = Map.groupBy(
    ways.filter(({ refused }) => refused !== undefined),
    ({ refused }) => refused ?? "",
  );
  const bySite = Map.groupBy(going, ({ phone }) => phone.site);
  return {
    to,
    phones: going.length,
    ways: [...byWay]
      .map(([way, all]) => ({ way, phones: all.length }))
      .toSorted((a, b) => b.phones - a.phones),
    refused: [...byReason].map(([reason, all]) => ({ reason, phones: all.map(({ phone }) => phone.mac) })),
    sites: [...bySite].map(([site, all]) => sitePlan(site, all, perSiteHour, window)),
  };
}

function sitePlan(site: string, ways: readonly PhoneWay[], perSiteHour: number, window: number): SitePlan {
  const images = ways.flatMap((way) => way.images);
  const once = new Map(images.map(({ sha256, size }) => [sha256, size]));
  const sum = (sizes: Iterable<number>) => [...sizes].reduce((total, size) => total + size, 0);
  return {
    site,
    phones: ways.length,
    bytes: sum(images.map(({ size }) => size)),
    bytesWithCache: sum(once.values()),
    hours: Math.round((ways.length / perSiteHour / window) * 10) / 10,
  };
}
