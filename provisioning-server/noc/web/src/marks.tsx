import type { ComponentChildren } from "preact";
import type { Severity } from "../../../../protocol/finding.ts";
import type { AgentState } from "../../sightings.ts";
import type { PortState } from "../../switch-face.ts";

// State is shape, word and colour together: any one of them is enough.

const shapes: Readonly<Record<PortState | Severity, ComponentChildren>> = {
  ok: <circle cx="8" cy="8" r="5.5" fill="currentColor" />,
  degraded: <path d="M8 1.800 15 14.200H1z" fill="currentColor" />,
  down: <rect x="2" y="2" width="12" height="12" rx="1" fill="currentColor" />,
  unknown: (
    <>
      <circle
        cx="8"
        cy="8"
        r="6.500"
        fill="none"
        stroke="currentColor"
        stroke-width="1.300"
        stroke-dasharray="2.600 2"
      />
      <path
        d="M6.200 6.400c0-2.300 3.600-2.300 3.600 0 0 1.400-1.800 1.500-1.800 2.900M8 11.400v.2"
        fill="none"
        stroke="currentColor"
        stroke-width="1.500"
        stroke-linecap="round"
      />
    </>
  ),
  empty: <circle cx="8" cy="8" r="2" fill="none" stroke="currentColor" stroke-width="1.200" />,
  off: <path d="M3 8h10" stroke="currentColor" stroke-width="1.600" />,
  critical: <rect x="1.500" y="1.500" width="13" height="13" rx="1" fill="currentColor" />,
  major: <path d="M8 1.500 15.200 14.500H.8z" fill="currentColor" />,
  minor: (
    <path
      d="M8 3 14 13.800H2z"
      fill="none"
      stroke="currentColor"
      stroke-width="1.600"
      stroke-linejoin="round"
    />
  ),
  info: <circle cx="8" cy="8" r="4" fill="none" stroke="currentColor" stroke-width="1.600" />,
};

export function Shape({ of }: { readonly of: PortState | Severity }) {
  return (
    <svg class="shape" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {shapes[of]}
    </svg>
  );
}

export function StateMark({ state, word }: { readonly state: PortState; readonly word?: string }) {
  return (
    <span class={`mark is-${state}`}>
      <Shape of={state} />
      {word ?? state}
    </span>
  );
}

export function SeverityMark({ severity }: { readonly severity: Severity }) {
  return (
    <span class={`mark is-${severity}`}>
      <Shape of={severity} />
      {severity}
    </span>
  );
}

const agentStates: Readonly<Record<AgentState, PortState>> = {
  online: "ok",
  late: "degraded",
  silent: "down",
  never: "unknown",
  away: "unknown",
  revoked: "off",
};

export function AgentMark({ state }: { readonly state: AgentState }) {
  return <StateMark state={agentStates[state]} word={state} />;
}
