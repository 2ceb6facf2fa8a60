import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Identity, PhoneRequest } from "../../protocol/phone-request.ts";
import type { Family, Profiles } from "../profiles/profiles.ts";
import { type Captures, matchShape } from "../profiles/shape.ts";
import type { ProfileFile } from "../profiles/vendor-profile.ts";
import { pathSegments } from "./request-path.ts";

/** A file of a family that a path names. */
export interface FileMatch {
  readonly family: Family;
  readonly file: ProfileFile;
  readonly captures: Captures;
}

interface AgentMatch {
  readonly family: Family;
  readonly captures: Captures;
  readonly model: string | undefined;
}

// Agents are printable text; a phone's fits in far less. Longer ones are cut, not refused.
const longestAgent = 300;

function matchAgent(agent: string | undefined, profiles: Profiles): AgentMatch | undefined {
  const text = agent?.slice(0, longestAgent).trim();
  if (text === undefined || text === "") return undefined;
  for (const family of profiles.families) {
    for (const { shape, from } of family.agents) {
      const captures = matchShape(shape, text);
      if (captures === undefined) continue;
      const word = from.model ?? captures.model;
      const drop = from.modelWithout ?? "";
      return { family, captures, model: drop === "" ? word : word?.replaceAll(drop, "") };
    }
  }
  return undefined;
}

/** The first of a family's files whose shape the end of the path has. */
function matchFile(family: Family, segments: readonly string[]): FileMatch | undefined {
  for (const { file, shapes } of family.files) {
    for (const shape of shapes) {
      if (segments.length <= shape.slashes) continue;
      const captures = matchShape(shape, segments.slice(-1 - shape.slashes).join("/"));
      if (captures !== undefined) return { family, file, captures };
    }
  }
  return undefined;
}

/** The same, by the path as it was asked. */
export function fileByPath(family: Family, path: string): FileMatch | undefined {
  return matchFile(family, pathSegments(path));
}

function hasPrefix(family: Family, mac: MacAddress | undefined): boolean {
  return mac !== undefined && family.vendor.identify.macPrefixes.some((prefix) => mac.startsWith(prefix));
}

/** Whether the path alone, or its MAC, makes the request this family's. */
function isClaimed({ family, file, captures }: FileMatch, agentMac: MacAddress | undefined): boolean {
  const claims = file.claims ?? (/\{mac\}/i.test(file.path) ? "prefix" : "path");
  if (claims === "path") return true;
  return claims === "prefix" && hasPrefix(family, captures.mac ?? agentMac);
}

const same = <T>(values: readonly T[]): T | undefined =>
  values.every((value) => value === values[0]) ? values[0] : undefined;

function describe(
  match: FileMatch | undefined,
  agent: AgentMatch | undefined,
  family: Family | undefined,
): Identity {
  const captures = { ...agent?.captures, ...match?.captures };
  const models =
    captures.code === undefined ? [] : (family?.modelsByCode.get(captures.code.toLowerCase()) ?? []);
  const word =
    agent?.model ?? match?.captures.model ?? (models.length === 1 ? models[0]?.about.model : undefined);
  const model =
    word === undefined ? undefined : (family?.models.get(word.toLowerCase())?.about.model ?? word);
  return {
    ...(family === undefined ? {} : { vendor: family.vendor.vendor }),
    ...(model === undefined ? {} : { model }),
    ...(captures.mac === undefined ? {} : { mac: captures.mac }),
    ...(agent?.captures.firmware === undefined ? {} : { firmware: agent.captures.firmware }),
    file: match?.file.kind ?? "unknown",
    ...(match === undefined ? {} : { fileId: match.file.id }),
  };
}

/** Without an agent that we know, several families may have a file of that shape: only what they agree on is said. */
function describeAmong(matches: readonly FileMatch[]): Identity {
  const mac = same(matches.map((match) => match.captures.mac));
  const kind = same(matches.map((match) => match.file.kind));
  return { ...(mac === undefined ? {} : { mac }), file: kind ?? "unknown" };
}

/**
 * Who asks, and for what: from the agent first, then from the path, then from the MAC's prefix. The path's MAC is the one
 * whose file is asked, so it wins over the agent's. What cannot be known is absent; same input, same answer.
 */
export function identify(
  request: Pick<PhoneRequest, "path" | "userAgent" | "via" | "credential">,
  profiles: Profiles,
): Identity {
  const segments = pathSegments(request.path);
  const agent = matchAgent(request.userAgent, profiles);
  if (agent !== undefined) {
    const own = matchFile(agent.family, segments);
    const siblings = profiles.families.filter(
      (family) => family.vendor.vendor === agent.family.vendor.vendor && family !== agent.family,
    );
    const match = own ?? siblings.map((family) => matchFile(family, segments)).find((found) => found);
    return describe(match, agent, agent.family);
  }
  const matches = profiles.families.flatMap((family) => matchFile(family, segments) ?? []);
  const claimed = matches.filter((match) => isClaimed(match, undefined));
  const vendor = same(claimed.map((match) => match.family.vendor.vendor));
  const [first] = claimed;
  return first !== undefined && vendor !== undefined
    ? describe(first, undefined, first.family)
    : describeAmong(matches);
}
