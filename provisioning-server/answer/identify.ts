import { tryParseMacAddress, type MacAddress } from "../../protocol/mac-address.ts";
import type { Identity, PhoneRequest } from "../../protocol/phone-request.ts";
import {
  type AgentShape,
  type FileShape,
  identifyIndex,
  type IdentifyIndex,
} from "../profiles/identify-index.ts";
import type { Family, ModelProfile, Profiles } from "../profiles/profiles.ts";
import { type Captures, matchShape, type MatchOptions } from "../profiles/shape.ts";
import type { ProfileFile } from "../profiles/vendor-profile.ts";
import { pathSegments } from "./request-path.ts";

/** A file of a family that a path names. */
export interface FileMatch {
  readonly family: Family;
  readonly file: ProfileFile;
  readonly captures: Captures;
}

/** What identification looks at. */
export type Asked = Pick<PhoneRequest, "path" | "userAgent" | "via" | "credential">;

interface AgentMatch {
  readonly family: Family;
  readonly captures: Captures;
  readonly told: number;
  /** The model as the registry spells it, or as the agent does where the registry has none. */
  readonly model: string | undefined;
  readonly profile: ModelProfile | undefined;
}

interface RatedFile extends FileMatch {
  readonly order: number;
  readonly told: number;
}

// Agents are printable text; a phone's fits in far less. Longer ones are cut, not refused.
const longestAgent = 300;

/** Without what no agent means: control characters and odd bytes stand in some (Avaya 12x0); blanks of any kind are blanks. */
function plainAgent(agent: string | undefined): string {
  const text = (agent ?? "").slice(0, longestAgent);
  return /[^ -~]/.test(text)
    ? text
        .replaceAll(/\s/gu, " ")
        .replaceAll(/[^ -~]/gu, "")
        .trim()
    : text.trim();
}

const same = <T>(values: readonly T[]): T | undefined =>
  values.every((value) => value === values[0]) ? values[0] : undefined;

/** The best of several by a number, or undefined where two are best and differ in what `of` says. */
function bestOf<T>(all: readonly T[], rank: (one: T) => number, of: (one: T) => string): T | undefined {
  const most = Math.max(...all.map((one) => rank(one)));
  const best = all.filter((one) => rank(one) === most).toSorted((a, b) => (of(a) < of(b) ? -1 : 1));
  return same(best.map((one) => of(one))) === undefined ? undefined : best[0];
}

function agentMatch({ family, shape, from }: AgentShape, captures: Captures, siblings: Profiles): AgentMatch {
  const word = from.model ?? captures.model;
  const drop = from.modelWithout ?? "";
  const model = drop === "" ? word : word?.replaceAll(drop, "");
  const { told } = shape;
  if (model === undefined) return { family, captures, told, model, profile: undefined };
  const lower = model.toLowerCase();
  const own = family.models.get(lower);
  const others = siblings.families.filter((other) => other.vendor.vendor === family.vendor.vendor);
  const profile = own ?? others.map((other) => other.models.get(lower)).find((found) => found);
  return { family: profile?.family ?? family, captures, told, model: profile?.about.model ?? model, profile };
}

/** Each family's first shape that fits. */
function agentMatches(text: string, profiles: Profiles, index: IdentifyIndex, loose: boolean): AgentMatch[] {
  const lower = text.toLowerCase();
  const first = new Map<Family, { shape: AgentShape; captures: Captures }>();
  for (const shape of index.agentShapes(lower)) {
    const better = first.get(shape.family);
    if (better !== undefined && better.shape.order < shape.order) continue;
    const options: MatchOptions = loose ? { ...shape.options, loose } : shape.options;
    const captures = matchShape(shape.shape, text, options, lower);
    if (captures !== undefined) first.set(shape.family, { shape, captures });
  }
  return [...first.values()].map(({ shape, captures }) => agentMatch(shape, captures, profiles));
}

/**
 * Whose agent it is. Of several families that have a shape for it, the one that knows the model, then the one whose shape
 * tells more; where two are as good and differ in the vendor, nobody's.
 */
function matchAgent(
  agent: string | undefined,
  profiles: Profiles,
  index: IdentifyIndex,
): AgentMatch | undefined {
  const text = plainAgent(agent);
  if (text === "") return undefined;
  const exact = agentMatches(text, profiles, index, false);
  const matches = exact.length > 0 ? exact : agentMatches(text, profiles, index, true);
  if (matches.length <= 1) return matches[0];
  const rank = ({ profile, told }: AgentMatch) => (profile === undefined ? 0 : 1000) + told;
  const best = Math.max(...matches.map(rank));
  const finalists = matches.filter((match) => rank(match) === best);
  if (same(finalists.map(({ family }) => family.vendor.vendor)) === undefined) return undefined;
  return finalists.toSorted((a, b) => (a.family.id < b.family.id ? -1 : 1))[0];
}

/** The end of a path in as many segments as a shape has. */
class PathEnds {
  readonly #segments: readonly string[];
  readonly #ends: ({ text: string; lower: string } | undefined)[] = [];

  constructor(segments: readonly string[]) {
    this.#segments = segments;
  }

  get name(): string {
    return this.#segments.at(-1)?.toLowerCase() ?? "";
  }

  match({ shape, options }: FileShape): Captures | undefined {
    const { slashes } = shape;
    if (this.#segments.length <= slashes) return undefined;
    const known = this.#ends[slashes];
    const text = known?.text ?? this.#segments.slice(-1 - slashes).join("/");
    const lower = known?.lower ?? text.toLowerCase();
    this.#ends[slashes] ??= { text, lower };
    return matchShape(shape, text, options, lower);
  }
}

/** The first of a family's files whose shape the end of the path has. */
function matchFile(family: Family, ends: PathEnds, index: IdentifyIndex): RatedFile | undefined {
  for (const each of index.filesOf(family)) {
    const captures = ends.match(each);
    if (captures !== undefined)
      return { family, file: each.file, captures, order: each.order, told: each.shape.told };
  }
  return undefined;
}

const registries = new WeakMap<Family, Profiles>();

/** A registry of one family, the same object each time, so that its index is made once. */
function alone(family: Family): Profiles {
  const registry = registries.get(family) ?? { families: [family] };
  registries.set(family, registry);
  return registry;
}

/** The same, by the path as it was asked. */
export function fileByPath(family: Family, path: string): FileMatch | undefined {
  const index = identifyIndex(alone(family));
  return matchFile(family, new PathEnds(pathSegments(path)), index);
}

/** Each family's first file of that name. */
function matchFiles(ends: PathEnds, index: IdentifyIndex): RatedFile[] {
  const first = new Map<Family, RatedFile>();
  for (const each of index.fileShapes(ends.name)) {
    const better = first.get(each.family);
    if (better !== undefined && better.order <= each.order) continue;
    const captures = ends.match(each);
    if (captures === undefined) continue;
    const { family, file, order } = each;
    first.set(family, { family, file, captures, order, told: each.shape.told });
  }
  return [...first.values()];
}

/** Whether the path alone, its MAC or its model makes the request this family's. */
function isClaimed({ family, file, captures }: FileMatch, index: IdentifyIndex): boolean {
  const claims = file.claims ?? (/\{mac\}/i.test(file.path) ? "prefix" : "path");
  switch (claims) {
    case "path":
      return true;
    case "prefix":
      return captures.mac !== undefined && index.vendorsOfMac(captures.mac).includes(family.vendor.vendor);
    case "model":
      return captures.model !== undefined && family.models.has(captures.model.toLowerCase());
    case "nothing":
      return false;
  }
}

/** The model that a file's name tells: by its code, where one model alone has it, or by a name that the family knows. */
function modelOfFile({ family, captures }: FileMatch): string | undefined {
  const { code, model } = captures;
  const coded = code === undefined ? [] : (family.modelsByCode.get(code.toLowerCase()) ?? []);
  const [first] = coded;
  if (coded.length === 1 && first !== undefined) return first.about.model;
  return model === undefined ? undefined : family.models.get(model.toLowerCase())?.about.model;
}

const tokens = /[^0-9a-z:-]+/i;

/** A MAC that stands in a path of no known shape, where its prefix is somebody's: other digits mean other things. */
function strayMac(segments: readonly string[], index: IdentifyIndex): MacAddress | undefined {
  const words = segments.flatMap((segment) => segment.split(tokens));
  const macs = words
    .flatMap((word) => tryParseMacAddress(word) ?? [])
    .filter((mac) => index.vendorsOfMac(mac).length > 0);
  return same(macs);
}

/** `?mac=…`: some phones can put theirs behind the name (Cisco ATA 19x, Alcatel-Lucent). */
function queryMac(path: string): MacAddress | undefined {
  const value = /[?&]mac=([^&#]*)/i.exec(path)?.[1];
  return value === undefined ? undefined : tryParseMacAddress(value.replaceAll(/%3a/gi, ":"));
}

/** The MAC of a certificate that was verified: makers write it into the subject. */
function certificateMac({ credential }: Asked, index: IdentifyIndex): MacAddress | undefined {
  if (credential?.kind !== "certificate" || !credential.verified) return undefined;
  return same(credential.vouched.map(({ mac }) => mac).filter((mac) => index.vendorsOfMac(mac).length > 0));
}

interface Told {
  readonly vendor?: string | undefined;
  readonly model?: string | undefined;
  readonly mac?: MacAddress | undefined;
  readonly firmware?: string | undefined;
  readonly file: Identity["file"];
  readonly fileId?: string | undefined;
}

function identityOf({ vendor, model, mac, firmware, file, fileId }: Told): Identity {
  return {
    ...(vendor === undefined ? {} : { vendor }),
    ...(model === undefined ? {} : { model }),
    ...(mac === undefined ? {} : { mac }),
    ...(firmware === undefined ? {} : { firmware }),
    file,
    ...(fileId === undefined ? {} : { fileId }),
  };
}

/** Of the families of one vendor: the one that knows the model, then the one whose shape tells more. */
function bestFile(matches: readonly RatedFile[]): RatedFile | undefined {
  const rank = (match: RatedFile) => (modelOfFile(match) === undefined ? 0 : 1000) + match.told;
  return bestOf(matches, rank, ({ file }) => `${file.kind} ${file.id}`);
}

/** The agent tells the vendor: the file is looked for among that vendor's. */
function byAgent(agent: AgentMatch, ends: PathEnds, profiles: Profiles, index: IdentifyIndex): Recognised {
  const { family, captures, model } = agent;
  const { vendor } = family.vendor;
  const siblings = profiles.families.filter((each) => each.vendor.vendor === vendor && each !== family);
  const match =
    matchFile(family, ends, index) ??
    bestFile(siblings.flatMap((sibling) => matchFile(sibling, ends, index) ?? []));
  const told = {
    vendor,
    model: model ?? (match === undefined ? undefined : modelOfFile(match)),
    mac: match?.captures.mac ?? captures.mac,
    firmware: captures.firmware,
    file: match?.file.kind ?? "unknown",
    fileId: match?.file.id,
  } as const;
  return { told, match };
}

/** The path alone: what the families that claim it agree on; where none does, what all agree on that have such a name. */
function byPath(ends: PathEnds, index: IdentifyIndex): Recognised {
  const matches = matchFiles(ends, index);
  const claimed = matches.filter((match) => isClaimed(match, index));
  const vendor = same(claimed.map((match) => match.family.vendor.vendor));
  if (vendor !== undefined) {
    const best = bestFile(claimed);
    const mac = same(claimed.map((match) => match.captures.mac));
    const kind = same(claimed.map((match) => match.file.kind)) ?? "unknown";
    if (best === undefined) return { told: { vendor, mac, file: kind }, match: undefined };
    const told = { vendor, model: modelOfFile(best), mac, file: best.file.kind, fileId: best.file.id };
    return { told, match: best };
  }
  // A model that the family does not know is any word: `{model}.cfg` says nothing then.
  const telling = matches.filter(
    (match) => match.captures.model === undefined || modelOfFile(match) !== undefined,
  );
  const mac = same(telling.map((match) => match.captures.mac));
  const file = same(telling.map((match) => match.file.kind)) ?? "unknown";
  return { told: { mac, file }, match: undefined };
}

interface Recognised {
  readonly told: Told;
  readonly match: FileMatch | undefined;
}

/**
 * Who asks, and for what: from the agent first, then from the path, then from the MAC's prefix. The path's MAC is the one
 * whose file is asked, so it wins over the agent's. What cannot be known is absent; same input, same answer.
 */
export function identify(request: Asked, profiles: Profiles): Identity {
  return recognise(request, profiles).identity;
}

/** The same, with the family's file that the path names, where one family alone does. */
export function recognise(
  request: Asked,
  profiles: Profiles,
): { readonly identity: Identity; readonly match: FileMatch | undefined } {
  const index = identifyIndex(profiles);
  const segments = pathSegments(request.path);
  const ends = new PathEnds(segments);
  const agent = matchAgent(request.userAgent, profiles, index);
  const { told, match } = agent === undefined ? byPath(ends, index) : byAgent(agent, ends, profiles, index);
  const mac =
    told.mac ??
    certificateMac(request, index) ??
    queryMac(request.path) ??
    (match === undefined ? strayMac(segments, index) : undefined);
  const vendor =
    told.vendor ?? (mac === undefined || match !== undefined ? undefined : same(index.vendorsOfMac(mac)));
  return { identity: identityOf({ ...told, mac, vendor }), match };
}
