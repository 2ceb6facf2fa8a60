import type { MacAddress } from "../../protocol/mac-address.ts";
import { identify } from "../answer/identify.ts";
import { identifyIndex } from "../profiles/identify-index.ts";
import type { ProfileProblem } from "../profiles/profile-problem.ts";
import type { Family, ModelProfile, Profiles } from "../profiles/profiles.ts";
import { fillShape, type Shape } from "../profiles/shape.ts";

// Two families that claim one request make the answer depend on luck. So every family's own requests, made up from its
// shapes, are identified among all families: each must be told as its own, or as nobody's where it claims nothing.

const modelsOf = (family: Family): ModelProfile[] => [...new Set(family.models.values())];

/** A MAC for each of the family's prefixes; one that is nobody's where it has none. */
function macsOf(family: Family): string[] {
  const { macPrefixes } = family.vendor.identify;
  return (macPrefixes.length === 0 ? ["02"] : macPrefixes).map((prefix) => `${prefix.padEnd(11, "0")}1`);
}

/** Names of a file, for some models and a MAC; a `{rest}` or `{word}` stands for any. */
function namesOf(shape: Shape, family: Family): string[] {
  const plain: Shape = { ...shape, text: shape.text.replaceAll(/\{(?:rest|word|firmware)\}/g, "any") };
  const models = shape.text.includes("{model}") || shape.text.includes("{code") ? modelsOf(family) : [];
  const macs = /\{mac\}/i.test(shape.text) ? macsOf(family) : [undefined];
  return (models.length === 0 ? [undefined] : models).flatMap((model) =>
    macs.flatMap((mac) => {
      const name = fillShape(plain, {
        ...(mac === undefined ? {} : { mac }),
        ...(model === undefined ? {} : { model: model.about.model }),
        ...(model?.about.fileCode === undefined ? {} : { code: model.about.fileCode }),
      });
      return name === undefined ? [] : [name];
    }),
  );
}

/** Whether nobody has a prefix of this MAC that is as long as the vendor's. */
function ownsMac(vendor: string, mac: MacAddress | undefined, profiles: Profiles): boolean {
  const owners = mac === undefined ? [] : identifyIndex(profiles).vendorsOfMac(mac);
  return owners.length === 1 && owners[0] === vendor;
}

/** Names of files that another vendor's families claim too. */
function claimedTwice(family: Family, profiles: Profiles): ProfileProblem[] {
  const { vendor } = family.vendor;
  const others: Profiles = {
    families: profiles.families.filter((other) => other.vendor.vendor !== vendor),
  };
  return family.files.flatMap(({ file, shapes }) =>
    shapes.flatMap((shape) => {
      const taken = namesOf(shape, family).flatMap((name) => {
        if (file.claims === "nothing") return [];
        const told = identify({ path: `/${name}`, via: "https" }, others);
        // A MAC alone tells a vendor as well; only one that knows the file claims it. A longer prefix of ours goes first.
        return told.vendor === undefined || told.fileId === undefined || ownsMac(vendor, told.mac, profiles)
          ? []
          : [`/${name} claimed by ${told.vendor} too`];
      });
      return taken.slice(0, 1).map((found) => ({
        file: `${family.id}/vendor.json`,
        path: `/files ${file.id}`,
        expected: "a request that no other vendor's family claims",
        found,
      }));
    }),
  );
}

/** Examples of agents that are told as somebody else's, or as another model. */
function agentsOfOthers(family: Family, profiles: Profiles): ProfileProblem[] {
  return family.agents.flatMap(({ from }) => {
    const told = identify({ path: "/", userAgent: from.example, via: "https" }, profiles);
    if (told.vendor === family.vendor.vendor) return [];
    return [
      {
        file: `${family.id}/vendor.json`,
        path: "/identify/agents example",
        expected: `an agent of ${family.vendor.vendor} alone`,
        found: `${from.example}, told as ${told.vendor ?? "nobody's, for several families have such a shape"}`,
      },
    ];
  });
}

/** Requests that two families claim. */
export function doubledClaims(family: Family, profiles: Profiles): ProfileProblem[] {
  return [...claimedTwice(family, profiles), ...agentsOfOthers(family, profiles)];
}
