import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode({ model, accounts = [] }: EncodingInput): Encoded {
  const used = new Set(
    accounts.filter(({ setting }) => setting("line.enabled") !== false).map(({ index }) => index),
  );
  const places = Array.from({ length: model.lines }, (_, place) => place + 1);
  return {
    ok: true,
    parts: places.map((place) => ({ name: `acc${place}`, value: used.has(place) ? `acc${place}` : "" })),
  };
}

/** Jitsi's list of accounts: each place names itself, and one without an account is cleared. */
export const jitsiAccounts: Encoding = { name: "jitsi-accounts", settings: ["line.enabled"], encode };
