import { isDeepStrictEqual } from "node:util";
import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import { settingFlaws } from "./check-settings.ts";
import { closestWord } from "./closest-word.ts";
import { done, refused, type Flaw, type Verb } from "./flaw.ts";
import { nameModel } from "./models.ts";
import type { PhonePlan, PhoneWorld } from "./plan-phone.ts";
import { restoreSecrets } from "./restore-secrets.ts";

/** A phone as a program describes it: the whole of it, as a document. Dots stand for a secret that stays. */
export type PhoneDocument = Pick<Device, "model" | "site" | "label" | "lines" | "settings" | "raw"> &
  Partial<Pick<Device, "vendor">>;

/** What the document makes of the phone, or all that is wrong with it; places are JSON pointers. Pure. */
export function planDocument(given: PhoneDocument, mac: MacAddress, world: PhoneWorld): Verb<PhonePlan> {
  const { document, flaws: lost } = restoreSecrets(given, world.known);
  const { vendor, label, ...rest } = document;
  const model = nameModel(world.profiles, {
    mac,
    model: rest.model,
    ...(vendor === undefined ? {} : { vendor }),
  });
  const flaws: Flaw[] = [
    ...lost,
    ...(model.ok ? [] : model.flaws.map((flaw) => ({ ...flaw, place: `/${flaw.place}` }))),
    ...siteFlaws(rest.site, world.sites),
    ...lineFlaws(rest.lines, model.ok ? model.value.lines : 0),
    ...settingFlaws(rest.settings, "/settings"),
    ...settingFlaws(rest.raw, "/raw"),
  ];
  if (flaws.length > 0 || !model.ok) return refused(...flaws);
  const base = world.known ?? { mac, state: "expected" as const, tokenGeneration: 1, revision: 1 };
  const device: Device = {
    mac,
    state: base.state,
    tokenGeneration: base.tokenGeneration,
    revision: base.revision,
    ...rest,
    lines: rest.lines.toSorted((a, b) => a.index - b.index),
    vendor: model.value.vendor,
    model: model.value.model,
    ...(label === undefined ? {} : { label }),
  };
  if (world.known === undefined) return done({ change: "added", device });
  if (isDeepStrictEqual(world.known, device)) return done({ change: "unchanged", device });
  return done({ change: "changed", device: { ...device, revision: world.known.revision + 1 } });
}

function siteFlaws(site: string, sites: readonly string[]): Flaw[] {
  if (sites.includes(site)) return [];
  const close = closestWord(site, sites);
  const expected = sites.length === 0 ? "a site, and there is none yet" : "a site that there is";
  return [
    {
      place: "/site",
      expected,
      found: site,
      ...(close === undefined ? {} : { remedy: `Was ${close} meant?` }),
    },
  ];
}

function lineFlaws(lines: PhoneDocument["lines"], most: number): Flaw[] {
  const seen = new Set<number>();
  return lines.flatMap(({ index, settings }, at) => {
    const place = `/lines/${at}`;
    const flaws = settingFlaws(settings, `${place}/settings`);
    if (seen.has(index))
      flaws.push({ place: `${place}/index`, expected: "each line once", found: String(index) });
    if (most > 0 && index > most)
      flaws.push({
        place: `${place}/index`,
        expected: `at most ${most}, which the model has`,
        found: `${index}`,
      });
    seen.add(index);
    return flaws;
  });
}
