import { done, refused, type Verb } from "../inventory/flaw.ts";

/** How many phones have had their turn by the end of a ring: a count, or a share of all. */
export type RingSize = { readonly count: number } | { readonly share: number };

/** Reads `5,10%,50%,100%`; a last ring of all the rest is added where it is missing. */
export function decodeRings(text: string): Verb<readonly RingSize[]> {
  const sizes: RingSize[] = [];
  for (const word of text.split(",")) {
    const [, digits = "", percent] = /^\s*(\d{1,6})(%?)\s*$/.exec(word) ?? [];
    const number = Number(digits);
    if (digits === "" || number < 1 || (percent === "%" && number > 100))
      return refused({
        place: "rings",
        expected: "counts or shares of all, such as 5,10%,50%,100%",
        found: word,
      });
    sizes.push(percent === "%" ? { share: number / 100 } : { count: number });
  }
  return done([...sizes, { share: 1 }]);
}

interface RingPhone {
  readonly mac: string;
  readonly site: string;
}

/**
 * Which ring each phone is in, from 0. `spread`: each ring takes from all sites in turn, so that the first one meets every kind
 * of site; `site`: sites go one after the other, and a ring ends with a site.
 */
export function makeRings<T extends RingPhone>(
  phones: readonly T[],
  sizes: readonly RingSize[],
  by: "spread" | "site" = "spread",
): { readonly phone: T; readonly ring: number }[] {
  const inOrder = by === "spread" ? spread(phones) : bySite(phones).flat();
  const ends = sizes.map((size) => ("count" in size ? size.count : Math.ceil(size.share * phones.length)));
  const rings: { phone: T; ring: number }[] = [];
  let ring = 0;
  for (const [index, phone] of inOrder.entries()) {
    const isFull = index >= (ends[ring] ?? Infinity);
    const isNewSite = by === "spread" || inOrder[index - 1]?.site !== phone.site;
    if (isFull && isNewSite) ring += 1;
    rings.push({ phone, ring });
  }
  return rings;
}

function bySite<T extends RingPhone>(phones: readonly T[]): T[][] {
  const sorted = phones.toSorted((a, b) => (a.mac < b.mac ? -1 : 1));
  return [...Map.groupBy(sorted, ({ site }) => site)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => own);
}

function spread<T extends RingPhone>(phones: readonly T[]): T[] {
  const sites = bySite(phones);
  const most = Math.max(0, ...sites.map((own) => own.length));
  return Array.from({ length: most }, (_, turn) => sites.flatMap((own) => own[turn] ?? [])).flat();
}
