import { agentRules } from "./rules/agent.ts";
import { authRules } from "./rules/auth.ts";
import { callRules } from "./rules/call.ts";
import { capacityRules } from "./rules/capacity.ts";
import { dhcpRules } from "./rules/dhcp.ts";
import { hostRules } from "./rules/host.ts";
import { identityRules } from "./rules/identity.ts";
import { linkRules } from "./rules/link.ts";
import { markingRules } from "./rules/marking.ts";
import { mediaRules } from "./rules/media.ts";
import { placeRules } from "./rules/place.ts";
import { nameRules } from "./rules/name.ts";
import { natRules } from "./rules/nat.ts";
import { networkRules } from "./rules/network.ts";
import { powerRules } from "./rules/power.ts";
import { provisioningRules } from "./rules/provisioning.ts";
import { restartRules } from "./rules/restarts.ts";
import { reachRules } from "./rules/reach.ts";
import { responseRules } from "./rules/responses.ts";
import { sipLoadRules } from "./rules/sip-load.ts";
import { sipNameRules } from "./rules/sip-names.ts";
import { sipSecurityRules } from "./rules/sip-security.ts";
import { signallingRules } from "./rules/signalling.ts";
import { tlsRules } from "./rules/tls.ts";
import { qualityRules } from "./rules/quality.ts";
import { securityRules } from "./rules/security.ts";
import type { Rule } from "./rule.ts";

/** The diagnosis matrix, one file per layer, from the bottom up. */
export const rules: readonly Rule[] = [
  ...agentRules,
  ...powerRules,
  ...restartRules,
  ...linkRules,
  ...networkRules,
  ...dhcpRules,
  ...placeRules,
  ...provisioningRules,
  ...sipNameRules,
  ...reachRules,
  ...sipLoadRules,
  ...tlsRules,
  ...authRules,
  ...responseRules,
  ...signallingRules,
  ...callRules,
  ...sipSecurityRules,
  ...natRules,
  ...nameRules,
  ...mediaRules,
  ...capacityRules,
  ...markingRules,
  ...qualityRules,
  ...hostRules,
  ...securityRules,
  ...identityRules,
];
