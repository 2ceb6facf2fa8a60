import { takeSecrets, type SecretHolder } from "../store/secret-leaves.ts";
import { giveSecrets } from "../store/secret-leaves.ts";
import type { Flaw } from "./flaw.ts";

/** What stands for a secret in everything that is shown. */
export const secretDots = "••••";

interface Numbered {
  readonly lines?: readonly { readonly index: number; readonly settings: unknown }[];
}

/**
 * A document that came back from somebody who was shown dots: where dots stand, the secret that is there stays. Lines are
 * known by their number, elements of lists by their place.
 *
 * @returns the document, and the places where dots stand for nothing
 */
export function restoreSecrets<T extends SecretHolder & Numbered>(
  given: T,
  known: (SecretHolder & Numbered) | undefined,
): { readonly document: T; readonly flaws: readonly Flaw[] } {
  const before = byLineNumber(takeSecrets(known ?? {}).secrets, known);
  const { secrets } = takeSecrets(given);
  const flaws: Flaw[] = [];
  const restored = new Map<string, string>();
  for (const [pointer, value] of secrets) {
    if (value !== secretDots) continue;
    const secret = before.get(numbered(pointer, given));
    if (secret === undefined)
      flaws.push({ place: pointer, expected: "a secret", found: "dots, and none is there to keep" });
    else restored.set(pointer, secret);
  }
  const document = structuredClone(given);
  giveSecrets(document, restored);
  return { document, flaws };
}

function byLineNumber(
  secrets: ReadonlyMap<string, string>,
  holder: Numbered | undefined,
): Map<string, string> {
  return new Map([...secrets].map(([pointer, value]) => [numbered(pointer, holder), value]));
}

function numbered(pointer: string, holder: Numbered | undefined): string {
  return pointer.replace(
    /^\/lines\/(\d+)\//,
    (_whole, at: string) => `/lines/#${holder?.lines?.[Number(at)]?.index ?? "?"}/`,
  );
}
