import { codecSwitches } from "./codec-switches.ts";
import { digitMap } from "./digit-map.ts";
import type { Encoding } from "./encoding.ts";
import { linphoneAccount } from "./linphone-account.ts";
import { linphoneCodecs } from "./linphone-codecs.ts";
import { yealinkLogins } from "./yealink-logins.ts";
import { yealinkTimeZone } from "./yealink-time-zone.ts";

/** Every encoding; a new one is a file and a line here. */
const encodings: readonly Encoding[] = [
  codecSwitches,
  digitMap,
  linphoneAccount,
  linphoneCodecs,
  yealinkLogins,
  yealinkTimeZone,
];

const byName = new Map(encodings.map((encoding) => [encoding.name, encoding]));

export function findEncoding(name: string): Encoding | undefined {
  return byName.get(name);
}
