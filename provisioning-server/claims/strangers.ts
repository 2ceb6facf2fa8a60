import { BoundedMap } from "./bounded-map.ts";

/** Words of the abuse line (docs/security.md); a filter reads them. */
export type AbuseKind = "bad_credentials" | "bad_token" | "enumeration" | "malformed" | "login";

/** One request that got no file from us, as far as it matters here. */
export interface Refused {
  /** Where it came from (doors/address-prefix.ts sourceOf). */
  readonly source: string;
  readonly mac: string | undefined;
  /** In nobody's inventory; else it is a phone of ours that showed too little. */
  readonly unknown: boolean;
  /** What it showed and was not believed: a digest of it, to tell a phone that says the same again from one that guesses. */
  readonly wrong?: {
    readonly kind: "bad_credentials" | "bad_token";
    readonly digest: string;
    /** The same secret looks different each time (Digest): repeats cannot be told from guesses. */
    readonly everNew?: boolean;
  };
  readonly malformed?: boolean;
}

export interface Verdict {
  /** So many different MACs were refused here that the next answers may wait. */
  readonly slow: boolean;
  /** A hostile attempt, to be told. */
  readonly abuse?: AbuseKind;
}

/** Different MACs that one source may ask for in vain; a box of phones that nobody registered is no attack. */
const free = 10;
/** The same where a phone of ours was let in lately. */
const freeWithRegulars = 20;
/** Different wrong credentials for one phone: the one of before, and a mistyped one. */
const freeGuesses = 2;
/** The same where they name no phone, or look different each time: a phone asks for several files with what it has. */
const freeVagueGuesses = 10;
/** How long a refusal counts, ms. */
const window = 600_000;
/** How long a claim speaks for the address it came from, ms. */
const regularFor = 30 * 86_400_000;

interface Source {
  /** MACs refused, when last, and whether nobody has them. */
  readonly macs: BoundedMap<string, { readonly at: number; readonly unknown: boolean }>;
  readonly guesses: BoundedMap<string, { readonly at: number; readonly digests: Set<string> }>;
}

/**
 * Who is refused how often, by source. Many phones stand behind one address, so it is not requests that count but
 * different MACs; and what is seen from outside (slowness) never depends on whether a MAC is ours.
 */
export class Strangers {
  readonly #sources = new BoundedMap<string, Source>(10_000);
  readonly #regulars = new BoundedMap<string, number>(100_000);
  readonly #phones = new BoundedMap<string, number>(200_000);

  /** A phone of ours was let in from there. */
  claimed(source: string, mac: string, at: number): void {
    this.#regulars.set(source, Math.max(at, this.#regulars.get(source) ?? 0));
    this.#phones.set(`${source} ${mac}`, at);
  }

  refused(what: Refused, now: number): Verdict {
    if (what.mac !== undefined && this.#isRecent(this.#phones.get(`${what.source} ${what.mac}`), now))
      return { slow: false };
    const at = this.#source(what.source);
    forget(at, now);
    const isNew = this.#note(at, what, now);
    const unknown = [...at.macs.values()].filter((each) => each.unknown).length;
    const slow = at.macs.size > free;
    const excused = this.#isRecent(this.#regulars.get(what.source), now) && unknown <= freeWithRegulars;
    const abuse = excused ? undefined : abuseOf(what, { isNew, unknown, guesses: guessesAt(at, what, now) });
    return abuse === undefined ? { slow } : { slow, abuse };
  }

  #isRecent(at: number | undefined, now: number): boolean {
    return at !== undefined && now - at < regularFor;
  }

  #source(name: string): Source {
    const found = this.#sources.get(name) ?? { macs: new BoundedMap(64), guesses: new BoundedMap(64) };
    this.#sources.set(name, found);
    return found;
  }

  #note({ macs }: Source, { mac, unknown }: Refused, now: number): boolean {
    if (mac === undefined) return false;
    const isNew = !macs.has(mac);
    macs.set(mac, { at: now, unknown });
    return isNew;
  }
}

function forget({ macs, guesses }: Source, now: number): void {
  for (const map of [macs, guesses])
    for (const [key, { at }] of map) {
      if (now - at < window) break;
      map.delete(key);
    }
}

/** How many different things were shown for this phone, when this one is new; undefined when it is not. */
function guessesAt({ guesses }: Source, { mac, wrong }: Refused, now: number): number | undefined {
  if (wrong === undefined) return undefined;
  const known = guesses.get(mac ?? "");
  if (known?.digests.has(wrong.digest) === true) return undefined;
  const digests = known?.digests ?? new Set<string>();
  // Beyond this many the source has long been told.
  if (digests.size < 1000) digests.add(wrong.digest);
  guesses.set(mac ?? "", { at: now, digests });
  return digests.size;
}

function abuseOf(
  { mac, unknown, wrong, malformed }: Refused,
  counted: { readonly isNew: boolean; readonly unknown: number; readonly guesses: number | undefined },
): AbuseKind | undefined {
  if (malformed === true) return "malformed";
  const most = mac === undefined || wrong?.everNew === true ? freeVagueGuesses : freeGuesses;
  if (wrong !== undefined && (counted.guesses ?? 0) > most) return wrong.kind;
  return unknown && counted.isNew && counted.unknown > free ? "enumeration" : undefined;
}
