import { Type, type Static } from "typebox";
import { Finding } from "./finding.ts";
import type { HealthReport } from "./health-report.ts";
import { MacAddress } from "./mac-address.ts";

// The calls between agent and server, `/v1/agent/*`. Promise, both ways:
// acknowledged = stored once; not acknowledged = on the agent's disk or counted as dropped.

const Base64Url = Type.String({ pattern: "^[A-Za-z0-9_-]+$", maxLength: 200 });
const AgentId = Type.String({ pattern: "^[A-Za-z0-9-]{8,64}$" });

export const EnrolRequest = Type.Object({
  token: Type.String({ pattern: "^pvt_[a-z2-7]{32}$", description: "single use, 24 h, one site" }),
  publicKey: Base64Url, // Ed25519, the raw 32 octets
  facts: Type.Object({
    hostname: Type.String({ maxLength: 255 }),
    version: Type.String({ maxLength: 40 }),
    platform: Type.String({ maxLength: 40 }),
  }),
});
export type EnrolRequest = Static<typeof EnrolRequest>;

export const EnrolReply = Type.Object({
  agentId: AgentId,
  serverId: Type.String({ maxLength: 64 }),
  pins: Type.Array(Base64Url, { description: "SHA-256 of the server's public key (SPKI)" }),
  configVersion: Type.Integer(),
});
export type EnrolReply = Static<typeof EnrolReply>;

export const ChallengeRequest = Type.Object({ agentId: AgentId });
export type ChallengeRequest = Static<typeof ChallengeRequest>;
export const ChallengeReply = Type.Object({
  nonce: Base64Url,
  expiresIn: Type.Integer({ description: "seconds" }),
});
export type ChallengeReply = Static<typeof ChallengeReply>;

export const TokenRequest = Type.Object({
  agentId: AgentId,
  nonce: Base64Url,
  bootId: Type.String({ maxLength: 64 }),
  lastBootId: Type.Optional(
    Type.String({ maxLength: 64, description: "the last run the server is known to have let in" }),
  ),
  // Runs that asked for a token and died before they knew the answer: the server may have let one of them in.
  triedBootIds: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 20 })),
  signature: Base64Url, // Ed25519 over authenticationText()
});
export type TokenRequest = Static<typeof TokenRequest>;
export const TokenReply = Type.Object({ token: Type.String(), expiresIn: Type.Integer() });
export type TokenReply = Static<typeof TokenReply>;

/** What an agent signs to get its hour's token. */
export function authenticationText(nonce: string, agentId: string, serverId: string): string {
  return `offhook-auth-1\n${nonce}\n${agentId}\n${serverId}`;
}

export const AgentHealth = Type.Object({
  version: Type.String({ maxLength: 40 }),
  uptime: Type.Number({ description: "seconds" }),
  spoolReports: Type.Integer({ minimum: 0 }),
  spoolBytes: Type.Integer({ minimum: 0 }),
  oldest: Type.Optional(Type.Number({ description: "sealedAt of the oldest report that waits" })),
  diskFree: Type.Optional(Type.Number()),
  probesLate: Type.Integer({ minimum: 0 }),
});
export type AgentHealth = Static<typeof AgentHealth>;

/** The live lane: how it is right now. The last writer by (epoch, stateSeq) wins; sent first after an outage. */
export const AgentState = Type.Object({
  epoch: Type.String({ maxLength: 64 }),
  stateSeq: Type.Integer({ minimum: 1 }),
  at: Type.Number(),
  mono: Type.Number(),
  bootId: Type.String({ maxLength: 64 }),
  findings: Type.Array(Finding, { maxItems: 1000 }),
  health: AgentHealth,
  configVersion: Type.Integer({ minimum: 0 }),
});
export type AgentState = Static<typeof AgentState>;

/** The history lane. `epoch` names one spool; a new spool after enrolment is a new epoch. */
export const ReportsRequest = Type.Object({
  epoch: Type.String({ maxLength: 64 }),
  previousEpoch: Type.Optional(Type.String({ maxLength: 64 })),
  sent: Type.Object({ at: Type.Number(), mono: Type.Number(), bootId: Type.String({ maxLength: 64 }) }),
  // Each report is checked by itself, so that one bad report is quarantined and not the whole batch.
  reports: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 100 }),
});
export type ReportsRequest = Omit<Static<typeof ReportsRequest>, "reports"> & { reports: HealthReport[] };

export const ReportsReply = Type.Object({
  epoch: Type.String(),
  ackedSeq: Type.Integer({ minimum: 0 }),
  quarantined: Type.Array(Type.Integer()),
});
export type ReportsReply = Static<typeof ReportsReply>;

const PlanId = Type.String({ pattern: "^[a-z0-9-]{1,40}$" });
const strict = { additionalProperties: false };

/**
 * What a server may ask of an agent: this list and nothing else. No shell, no paths, no addresses: what is touched is
 * named as the agent's own site config names it. An agent refuses what it does not know.
 */
export const AgentCommand = Type.Union([
  Type.Object(
    {
      id: Type.String({ pattern: "^[0-9a-f-]{36}$" }),
      kind: Type.Literal("probe-now"),
      /** Id of a plan in the site's config. */
      plan: PlanId,
    },
    strict,
  ),
  Type.Object(
    {
      id: Type.String({ pattern: "^[0-9a-f-]{36}$" }),
      kind: Type.Literal("bounce-port"),
      /** The switch as its plan names it. */
      switch: Type.String({ pattern: "^[A-Za-z0-9._:-]{1,60}$" }),
      /** As printed on the switch. */
      port: Type.String({ minLength: 1, maxLength: 100 }),
      /** The phone that whoever asks sees there; null: none is known. With another one there, nothing is done. */
      phone: Type.Union([MacAddress, Type.Null()]),
    },
    strict,
  ),
]);
export type AgentCommand = Static<typeof AgentCommand>;

/** Each command is handed out once: one that gets lost on the way is not done, and never done twice. */
export const CommandsReply = Type.Object({ commands: Type.Array(AgentCommand, { maxItems: 20 }) });
export type CommandsReply = Static<typeof CommandsReply>;

/** What came of a command, in one sentence for people. */
export const CommandResult = Type.Object({
  outcome: Type.Union([Type.Literal("done"), Type.Literal("failed"), Type.Literal("refused")]),
  sentence: Type.String({ maxLength: 1000 }),
});
export type CommandResult = Static<typeof CommandResult>;

/** Seconds that the server holds a question for commands open, at most. */
export const longestCommandWait = 50;
