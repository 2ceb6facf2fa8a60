import { Type, type Static } from "typebox";
import { Check } from "typebox/value";
import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";
import { MacAddress } from "../../protocol/mac-address.ts";
import { Door } from "../../protocol/phone-request.ts";
import { identify } from "../answer/identify.ts";
import type { ExampleInventory, ExampleRequest, ExampleRequests } from "../profiles/profile-example.ts";
import { findModel, type ModelProfile, type Profiles } from "../profiles/profiles.ts";
import { cleanText, madeUpMac } from "./clean-capture.ts";

/** What a capture needs of a trace's line (`phone trace --json`); the rest is left alone. */
const CapturedRequest = Type.Object({
  at: Type.Number(),
  door: Door,
  path: Type.String({ maxLength: 1100 }),
  userAgent: Type.Optional(Type.String()),
  mac: Type.Optional(MacAddress),
  outcome: Type.String(),
  claim: Type.Optional(Type.String()),
});
/** What stands between requests: enrolment, firmware, resyncs. */
const OtherStep = Type.Object({ step: Type.String() });
type CapturedRequest = Static<typeof CapturedRequest>;

/** An example as it goes into `examples/<name>/`: the two files an author writes, without the expected ones. */
export interface CapturedExample {
  readonly family: string;
  readonly model: string;
  readonly name: string;
  readonly requests: ExampleRequests;
  readonly inventory: ExampleInventory;
}

const outcomes = ["file", "no-such-file", "unknown-device", "denied"] as const;

function readLines(text: string): Decoded<CapturedRequest[]> {
  const requests: CapturedRequest[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      return mismatch(`line ${index + 1}`, "a JSON line of `offhook phone trace --json`", line);
    }
    if (Check(OtherStep, entry)) continue;
    if (!Check(CapturedRequest, entry))
      return mismatch(`line ${index + 1}`, "an entry with at, door, path and outcome", line);
    requests.push(entry);
  }
  if (requests.length === 0) return mismatch("capture", "at least one request", "none");
  return decoded(requests.toSorted((a, b) => a.at - b.at));
}

/** One boot holds each request once, whatever the phone repeats. */
function once(requests: readonly ExampleRequest[]): ExampleRequest[] {
  const seen = new Set<string>();
  return requests.filter((request) => {
    const text = JSON.stringify(request);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

/** A phone and a site of nobody, with what every phone needs. */
function madeUpInventory(
  model: ModelProfile,
  mac: MacAddress,
  requests: readonly CapturedRequest[],
): ExampleInventory {
  const last = requests.at(-1)?.at ?? 0;
  return {
    device: {
      mac,
      vendor: model.family.vendor.vendor,
      model: model.about.model,
      site: "hq",
      state: "expected",
      lines: [
        {
          index: 1,
          settings: {
            label: "1001",
            displayName: "Desk 1001",
            user: "1001",
            password: "made-up-1001",
            server: { host: "pbx.example.net" },
          },
        },
      ],
      settings: {},
      raw: {},
      tokenGeneration: 1,
      revision: 1,
    },
    site: {
      id: "hq",
      tenant: "acme",
      name: "Headquarters",
      networks: ["192.0.2.0/24"],
      windowUntil: last + 86_400_000,
      settings: {},
    },
  };
}

function exampleRequest(captured: CapturedRequest, macs: Macs, profiles: Profiles): ExampleRequest[] {
  const outcome = outcomes.find((word) => word === captured.outcome);
  if (outcome === undefined) return []; // no request was read (TLS failed)
  const path = cleanText(captured.path, macs.from, macs.to);
  const agent =
    captured.userAgent === undefined ? {} : { userAgent: cleanText(captured.userAgent, macs.from, macs.to) };
  const file = path.split("/").at(-1) ?? "";
  return [
    {
      via: captured.door,
      path,
      ...agent,
      ...(captured.claim === "token" ? { token: true as const } : {}),
      identity: identify({ via: captured.door, path, ...agent }, profiles),
      outcome,
      ...(outcome === "file" && /^[A-Za-z0-9._-]+$/.test(file)
        ? { body: captured.door === "tftp" ? `bootstrap/${file}` : `expected/${file}` }
        : {}),
    },
  ];
}

interface Macs {
  readonly from: MacAddress | undefined;
  readonly to: MacAddress | undefined;
}

/** The model most of whose requests say so: the first that the registry knows. */
function modelOf(requests: readonly CapturedRequest[], profiles: Profiles): ModelProfile | undefined {
  for (const { door, path, userAgent } of requests) {
    const asked = { via: door, path, ...(userAgent === undefined ? {} : { userAgent }) };
    const { vendor, model } = identify(asked, profiles);
    const found =
      vendor === undefined || model === undefined ? undefined : findModel(profiles, vendor, model);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Recorded requests of one phone's boot as a new example, cleaned: made-up MAC, names, passwords and serial numbers.
 *
 * @param text JSON lines of `offhook phone trace --json`
 * @param shows what the case shows, for its name: `first-boot`
 */
export function captureExample(profiles: Profiles, text: string, shows: string): Decoded<CapturedExample> {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(shows))
    return mismatch("name", "lower-case words with hyphens, such as first-boot", shows);
  const read = readLines(text);
  if (!read.ok) return read;
  const requests = read.value;
  const macs = [...new Set(requests.flatMap(({ mac }) => mac ?? []))];
  if (macs.length > 1) return mismatch("capture", "the requests of one phone", `MACs ${macs.join(", ")}`);
  const model = modelOf(requests, profiles);
  if (model === undefined) return mismatch("capture", "an agent or path of a model that we know", "none");
  const [from] = macs;
  const to = from === undefined ? undefined : madeUpMac(from);
  const asked = once(requests.flatMap((captured) => exampleRequest(captured, { from, to }, profiles)));
  if (asked.length === 0)
    return mismatch("capture", "at least one request that was read", "TLS failures alone");
  const { about, family } = model;
  return decoded({
    family: family.id,
    model: about.model,
    name: `${about.model.toLowerCase().replaceAll(" ", "-")}-${shows}`,
    requests: {
      about: `A ${about.model} as captured: ${shows.replaceAll("-", " ")}.`,
      source: "Captured with `offhook phone trace --json`; MAC, names and passwords are made up",
      at: new Date(requests[0]?.at ?? 0).toISOString(),
      requests: asked,
    },
    inventory: madeUpInventory(model, to ?? "020000000001", requests),
  });
}
