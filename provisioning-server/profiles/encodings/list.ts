import { ciscoG722Switch } from "./codecs/cisco-g722-switch.ts";
import { ciscoPreferredCodec } from "./codecs/cisco-preferred-codec.ts";
import { ciscoCodecs } from "./codecs/cisco-codecs.ts";
import { ciscoDialPlan } from "./dial-plan/cisco-dial-plan.ts";
import { ciscoDialTemplates } from "./dial-plan/cisco-dial-templates.ts";
import { ciscoDirectory } from "./directory/cisco-directory.ts";
import { ciscoFeatureKeys } from "./keys/cisco-feature-keys.ts";
import { ciscoLineKeys } from "./keys/cisco-line-keys.ts";
import { ciscoProxy } from "./servers/cisco-proxy.ts";
import { ciscoResync } from "./values/cisco-resync.ts";
import { ciscoTimeZone } from "./time-zone/cisco-time-zone.ts";
import { ciscoTones } from "./values/cisco-tones.ts";
import { ciscoTos } from "./values/cisco-tos.ts";
import { ciscoZoneName } from "./time-zone/cisco-zone-name.ts";
import { codecList } from "./codecs/codec-list.ts";
import { codecPriorities } from "./codecs/codec-priorities.ts";
import { codecSlots } from "./codecs/codec-slots.ts";
import { codecSwitches } from "./codecs/codec-switches.ts";
import { digitMap } from "./dial-plan/digit-map.ts";
import type { Encoding } from "./encoding.ts";
import { fanvilKeys } from "./keys/fanvil-keys.ts";
import { fanvilTimeZone } from "./time-zone/fanvil-time-zone.ts";
import { grandstreamDialPlan } from "./dial-plan/grandstream-dial-plan.ts";
import { htekTimeZone } from "./time-zone/htek-time-zone.ts";
import { ldapDisplayNames } from "./directory/ldap-display-names.ts";
import { jitsiAccounts } from "./servers/jitsi-accounts.ts";
import { linphoneAccount } from "./servers/linphone-account.ts";
import { linphoneCodecs } from "./codecs/linphone-codecs.ts";
import { numberedKeys } from "./keys/numbered-keys.ts";
import { obiCodecs } from "./codecs/obi-codecs.ts";
import { polyDigitMap, polyLineDigitMap } from "./dial-plan/poly-digit-map.ts";
import { polyKeys } from "./keys/poly-keys.ts";
import { polyLdapAttributes } from "./directory/poly-ldap-attributes.ts";
import { polyTimeZone } from "./time-zone/poly-time-zone.ts";
import { posixTimeZone } from "./time-zone/posix-time-zone.ts";
import { repollHours } from "./values/repoll-hours.ts";
import { rtpPortCount } from "./values/rtp-port-count.ts";
import { serverPaths } from "./servers/server-path.ts";
import { snomCodecs } from "./codecs/snom-codecs.ts";
import { snomDialPlan } from "./dial-plan/snom-dial-plan.ts";
import { snomKeys } from "./keys/snom-keys.ts";
import { snomOutbound } from "./servers/snom-outbound.ts";
import { snomProvisioningOrder } from "./values/snom-provisioning-order.ts";
import { snomTimeZone } from "./time-zone/snom-time-zone.ts";
import { mitelCodecs } from "./codecs/mitel-codecs.ts";
import { mitelDialPlan } from "./dial-plan/mitel-dial-plan.ts";
import { mitelKeyType } from "./keys/mitel-key-type.ts";
import { mitelTimeZone } from "./time-zone/mitel-time-zone.ts";
import { serverParts } from "./servers/server-parts.ts";
import { avayaCodecs } from "./codecs/avaya-codecs.ts";
import { avayaPhoneKey } from "./keys/avaya-phone-key.ts";
import { avayaServers } from "./servers/avaya-servers.ts";
import { avayaTimeZone } from "./time-zone/avaya-time-zone.ts";
import { fixedPatterns } from "./dial-plan/fixed-patterns.ts";
import { ldapAttributeLists } from "./directory/ldap-attribute-lists.ts";
import { panasonicCodecs } from "./codecs/panasonic-codecs.ts";
import { panasonicTimeZone } from "./time-zone/panasonic-time-zone.ts";
import { yealinkCodecTable } from "./codecs/yealink-codec-table.ts";
import { yealinkDialNow } from "./dial-plan/yealink-dial-now.ts";
import { yealinkLogins } from "./servers/yealink-logins.ts";
import { yealinkTimeZone } from "./time-zone/yealink-time-zone.ts";
import { akuvoxTimeZone } from "./time-zone/akuvox-time-zone.ts";
import { algoServer } from "./servers/algo-server.ts";
import { codecFields } from "./codecs/codec-fields.ts";
import { codecListSemicolons } from "./codecs/codec-list-semicolons.ts";
import { digiumFirmware } from "./values/digium-firmware.ts";
import { digitMapSemicolons, lineDigitMap } from "./dial-plan/digit-map-forms.ts";
import { gigasetDect } from "./servers/gigaset-dect.ts";
import { hexNumbers } from "./values/hex-number.ts";
import { ipTouchTimeZone } from "./time-zone/ip-touch-time-zone.ts";
import { macCapitals } from "./values/mac-capitals.ts";
import { unifyTimeZone } from "./time-zone/unify-time-zone.ts";
import { zoneOffset } from "./time-zone/zone-offset.ts";
import { zoneWord } from "./time-zone/zone-word.ts";

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
