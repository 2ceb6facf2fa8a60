import { ciscoG722Switch } from "./cisco-g722-switch.ts";
import { ciscoPreferredCodec } from "./cisco-preferred-codec.ts";
import { ciscoCodecs } from "./cisco-codecs.ts";
import { ciscoDialPlan } from "./cisco-dial-plan.ts";
import { ciscoDialTemplates } from "./cisco-dial-templates.ts";
import { ciscoDirectory } from "./cisco-directory.ts";
import { ciscoFeatureKeys } from "./cisco-feature-keys.ts";
import { ciscoLineKeys } from "./cisco-line-keys.ts";
import { ciscoProxy } from "./cisco-proxy.ts";
import { ciscoResync } from "./cisco-resync.ts";
import { ciscoTimeZone } from "./cisco-time-zone.ts";
import { ciscoTones } from "./cisco-tones.ts";
import { ciscoTos } from "./cisco-tos.ts";
import { ciscoZoneName } from "./cisco-zone-name.ts";
import { codecList } from "./codec-list.ts";
import { codecPriorities } from "./codec-priorities.ts";
import { codecSlots } from "./codec-slots.ts";
import { codecSwitches } from "./codec-switches.ts";
import { digitMap } from "./digit-map.ts";
import type { Encoding } from "./encoding.ts";
import { fanvilKeys } from "./fanvil-keys.ts";
import { fanvilTimeZone } from "./fanvil-time-zone.ts";
import { grandstreamDialPlan } from "./grandstream-dial-plan.ts";
import { htekTimeZone } from "./htek-time-zone.ts";
import { ldapDisplayNames } from "./ldap-display-names.ts";
import { jitsiAccounts } from "./jitsi-accounts.ts";
import { linphoneAccount } from "./linphone-account.ts";
import { linphoneCodecs } from "./linphone-codecs.ts";
import { numberedKeys } from "./numbered-keys.ts";
import { obiCodecs } from "./obi-codecs.ts";
import { polyDigitMap, polyLineDigitMap } from "./poly-digit-map.ts";
import { polyKeys } from "./poly-keys.ts";
import { polyLdapAttributes } from "./poly-ldap-attributes.ts";
import { polyTimeZone } from "./poly-time-zone.ts";
import { posixTimeZone } from "./posix-time-zone.ts";
import { repollHours } from "./repoll-hours.ts";
import { rtpPortCount } from "./rtp-port-count.ts";
import { serverPaths } from "./server-path.ts";
import { snomCodecs } from "./snom-codecs.ts";
import { snomDialPlan } from "./snom-dial-plan.ts";
import { snomKeys } from "./snom-keys.ts";
import { snomOutbound } from "./snom-outbound.ts";
import { snomProvisioningOrder } from "./snom-provisioning-order.ts";
import { snomTimeZone } from "./snom-time-zone.ts";
import { mitelCodecs } from "./mitel-codecs.ts";
import { mitelDialPlan } from "./mitel-dial-plan.ts";
import { mitelKeyType } from "./mitel-key-type.ts";
import { mitelTimeZone } from "./mitel-time-zone.ts";
import { serverParts } from "./server-parts.ts";
import { avayaCodecs } from "./avaya-codecs.ts";
import { avayaPhoneKey } from "./avaya-phone-key.ts";
import { avayaServers } from "./avaya-servers.ts";
import { avayaTimeZone } from "./avaya-time-zone.ts";
import { fixedPatterns } from "./fixed-patterns.ts";
import { ldapAttributeLists } from "./ldap-attribute-lists.ts";
import { panasonicCodecs } from "./panasonic-codecs.ts";
import { panasonicTimeZone } from "./panasonic-time-zone.ts";
import { yealinkCodecTable } from "./yealink-codec-table.ts";
import { yealinkDialNow } from "./yealink-dial-now.ts";
import { yealinkLogins } from "./yealink-logins.ts";
import { yealinkTimeZone } from "./yealink-time-zone.ts";
import { akuvoxTimeZone } from "./akuvox-time-zone.ts";
import { algoServer } from "./algo-server.ts";
import { codecFields } from "./codec-fields.ts";
import { codecListSemicolons } from "./codec-list-semicolons.ts";
import { digiumFirmware } from "./digium-firmware.ts";
import { digitMapSemicolons, lineDigitMap } from "./digit-map-forms.ts";
import { gigasetDect } from "./gigaset-dect.ts";
import { hexNumbers } from "./hex-number.ts";
import { ipTouchTimeZone } from "./ip-touch-time-zone.ts";
import { macCapitals } from "./mac-capitals.ts";
import { unifyTimeZone } from "./unify-time-zone.ts";
import { zoneOffset } from "./zone-offset.ts";
import { zoneWord } from "./zone-word.ts";

/** Every encoding; a new one is a file and a line here. */
const encodings: readonly Encoding[] = [
  ciscoG722Switch,
  ciscoPreferredCodec,
  ciscoCodecs,
  ciscoDialPlan,
  ciscoDialTemplates,
  ciscoDirectory,
  ciscoFeatureKeys,
  ciscoLineKeys,
  ciscoProxy,
  ciscoResync,
  ciscoTimeZone,
  ciscoTones,
  ciscoTos,
  ciscoZoneName,
  codecList,
  codecPriorities,
  ...codecSlots,
  codecSwitches,
  digitMap,
  fanvilKeys,
  fanvilTimeZone,
  grandstreamDialPlan,
  htekTimeZone,
  ldapDisplayNames,
  jitsiAccounts,
  linphoneAccount,
  linphoneCodecs,
  numberedKeys,
  obiCodecs,
  polyDigitMap,
  polyKeys,
  polyLdapAttributes,
  polyLineDigitMap,
  polyTimeZone,
  posixTimeZone,
  repollHours,
  rtpPortCount,
  ...serverPaths,
  snomCodecs,
  snomDialPlan,
  snomKeys,
  snomOutbound,
  snomProvisioningOrder,
  snomTimeZone,
  mitelCodecs,
  mitelDialPlan,
  mitelKeyType,
  mitelTimeZone,
  serverParts,
  avayaCodecs,
  avayaPhoneKey,
  avayaServers,
  avayaTimeZone,
  ...fixedPatterns,
  ...ldapAttributeLists,
  ...panasonicCodecs,
  panasonicTimeZone,
  yealinkCodecTable,
  yealinkDialNow,
  yealinkLogins,
  yealinkTimeZone,
  akuvoxTimeZone,
  algoServer,
  codecFields,
  codecListSemicolons,
  digiumFirmware,
  digitMapSemicolons,
  ...gigasetDect,
  ...hexNumbers,
  ipTouchTimeZone,
  lineDigitMap,
  macCapitals,
  unifyTimeZone,
  zoneOffset,
  zoneWord,
];

const byName = new Map(encodings.map((encoding) => [encoding.name, encoding]));

export function findEncoding(name: string): Encoding | undefined {
  return byName.get(name);
}
