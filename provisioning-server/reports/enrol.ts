import type { EnrolReply, EnrolRequest } from "../../protocol/agent-protocol.ts";
import { invalidRequest, Problem } from "../problem.ts";
import type { Agents } from "../store/agents.ts";
import { decodePublicKey } from "./authenticate.ts";

/** Spends an enrolment token. @throws {Problem} the same one for an unknown, a used and an expired token. */
export async function enrol(
  agents: Agents,
  request: EnrolRequest,
  server: { readonly serverId: string; readonly pins: readonly string[] },
): Promise<EnrolReply> {
  const key = decodePublicKey(request.publicKey);
  if (!key.ok) throw invalidRequest([key.why]);
  const { hostname, version, platform } = request.facts;
  const agent = await agents.enrol(request.token, request.publicKey, { hostname, version, platform });
  if (agent === undefined) throw new Problem("enrol-token-invalid", "ask for a new token");
  const configVersion = await agents.siteConfigVersion({ tenant: agent.tenant, site: agent.site });
  return { agentId: agent.id, serverId: server.serverId, pins: [...server.pins], configVersion };
}
