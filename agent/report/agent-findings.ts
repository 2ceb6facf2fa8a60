import type { Finding } from "../../protocol/finding.ts";

/** What may be wrong with the agent itself. */
export interface AgentCondition {
  readonly at: number;
  readonly subject: string;
  readonly spool: { readonly diskError?: string };
  /** The version of a config that was taken back, because the server was not reached with it. */
  readonly revertedConfig?: number | undefined;
  /** The version of a config that this agent cannot use, and the first reason. */
  readonly refusedConfig?: { readonly version: number; readonly why: string } | undefined;
}

/** The agent's findings about itself: what a diagnosis of its probes cannot see. */
export function agentFindings(condition: AgentCondition): Finding[] {
  const { diskError } = condition.spool;
  const { revertedConfig, refusedConfig } = condition;
  const found: Finding[] = [];
  if (diskError !== undefined)
    found.push(
      finding(condition, "agent.disk", "major", {
        sentence: `The agent cannot write its reports to disk (${diskError}); it keeps the newest 50 in memory.`,
        remedy:
          "Free space on the disk that holds the agent's state folder, and see that the agent owns the folder.",
      }),
    );
  if (revertedConfig !== undefined)
    found.push(
      finding(condition, "agent.config-reverted", "minor", {
        sentence: `The agent took version ${revertedConfig} of its config back: twice it could not reach the server with it.`,
        remedy: "See that the server is reachable from the site; the agent tries the config again by itself.",
      }),
    );
  if (refusedConfig !== undefined)
    found.push(
      finding(condition, "agent.config-refused", "major", {
        sentence: `The agent cannot use version ${refusedConfig.version} of its config: ${refusedConfig.why}.`,
        remedy: "Correct the site's config; the agent goes on with the last good one.",
      }),
    );
  return found;
}

function finding(
  { at, subject }: AgentCondition,
  cause: string,
  severity: Finding["severity"],
  words: { readonly sentence: string; readonly remedy: string },
): Finding {
  const proof = { because: [], affects: [], consequences: [] };
  return {
    rule: cause.slice(0, 20),
    cause,
    layer: "agent",
    severity,
    subject,
    sentence: words.sentence.slice(0, 1000),
    remedy: words.remedy,
    confidence: 1,
    ...proof,
    at,
  };
}
