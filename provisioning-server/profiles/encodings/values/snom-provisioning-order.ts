import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

// In the factory's order. `stop`: the first that answers ends the search.
const ways = [
  { word: "redirection:stop", setting: "provisioning.redirect" },
  { word: "pnp:stop", setting: "provisioning.pnp" },
  { word: "dhcp:stop", setting: "provisioning.dhcp" },
  { word: "tr69:stop", setting: "provisioning.tr069" },
];

function encode({ setting }: EncodingInput): Encoded {
  const on = ways.filter((way) => setting(way.setting) === true).map(({ word }) => word);
  return { ok: true, parts: [{ name: "", value: on.join(" ") }] };
}

/** Where a Snom looks for the address of its settings. */
export const snomProvisioningOrder: Encoding = {
  name: "snom-provisioning-order",
  settings: ways.map(({ setting }) => setting),
  encode,
};
