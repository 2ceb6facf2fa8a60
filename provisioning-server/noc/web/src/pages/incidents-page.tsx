import { severities } from "../../../incident.ts";
import type { Overview } from "../../../overview.ts";
import { IncidentList } from "../incident-list.tsx";
import { useLive } from "../live.ts";
import { Forms } from "../loading.tsx";
import { AgentMark, Shape } from "../marks.tsx";
import { SiteTile } from "../site-tile.tsx";
import { Ago } from "../time.tsx";
import { useTitle } from "../title.ts";

export function IncidentsPage() {
  const { overview } = useLive();
  const active = overview?.incidents.filter((row) => row.state !== "cleared").length ?? 0;
  useTitle(active === 0 ? "Incidents" : `(${active}) Incidents`);
  if (overview === undefined)
    return (
      <p class="empty" aria-busy="true">
        Reading …
      </p>
    );
  return (
    <>
      <h1 class="unseen">Incidents</h1>
      <Strip overview={overview} />
      <div class="columns">
        <section aria-label="Incidents">
          <IncidentsOrNone overview={overview} />
          <Forms path="/incidents" />
        </section>
        <aside>
          <Quiet overview={overview} />
          <h2>Sites</h2>
          <div class="tiles">
            {overview.sites.slice(0, 60).map((tile) => (
              <SiteTile key={tile.id} tile={tile} />
            ))}
          </div>
          {overview.sites.length > 60 && <a href="/sites">All {overview.sites.length} sites</a>}
        </aside>
      </div>
    </>
  );
}

function IncidentsOrNone({ overview }: { readonly overview: Overview }) {
  if (overview.incidents.length > 0) return <IncidentList rows={overview.incidents} />;
  const unknown = overview.sites.reduce((sum, tile) => sum + tile.phones.unknown, 0);
  return (
    <div class="empty calm">
      <p>
        <b>{overview.sites.length === 0 ? "No sites yet." : "No incidents."}</b>
      </p>
      <p>{calmSentence(overview, unknown)}</p>
    </div>
  );
}

function calmSentence(overview: Overview, unknown: number): string {
  if (overview.sites.length === 0) return "Add one with offhook site add, and enrol an agent there.";
  if (unknown > 0)
    return `Of ${unknown} phones nobody has told anything lately, so this says nothing of them.`;
  return "Every phone that is watched is well.";
}

/** The numbers one reads from across the room. */
function Strip({ overview }: { readonly overview: Overview }) {
  const active = overview.incidents.filter((row) => row.state !== "cleared");
  const phones = (state: "ok" | "degraded" | "down" | "unknown"): number =>
    overview.sites.reduce((sum, tile) => sum + tile.phones[state], 0);
  const silent = overview.agents.filter((agent) => ["silent", "never"].includes(agent.state)).length;
  return (
    <div class="strip" aria-live="polite">
      <dl>
        <dt>Incidents</dt>
        {severities.slice(0, 3).map((severity) => {
          const count = active.filter((row) => row.severity === severity).length;
          return <Figure key={severity} shape={severity} count={count} word={severity} />;
        })}
      </dl>
      <dl>
        <dt>Phones</dt>
        {(["down", "degraded", "unknown", "ok"] as const).map((state) => (
          <Figure key={state} shape={state} count={phones(state)} word={state} />
        ))}
      </dl>
      <dl>
        <dt>Agents</dt>
        <Figure shape="down" count={silent} word="silent" />
        <Figure shape="ok" count={overview.agents.length - silent} word="heard" />
      </dl>
    </div>
  );
}

function Figure(props: {
  readonly shape: Parameters<typeof Shape>[0]["of"];
  readonly count: number;
  readonly word: string;
}) {
  return (
    <dd class={props.count === 0 ? "figure none" : `figure is-${props.shape}`}>
      <b>{props.count}</b>
      <span>
        <Shape of={props.shape} />
        {props.word}
      </span>
    </dd>
  );
}

function Quiet({ overview }: { readonly overview: Overview }) {
  const quiet = overview.agents.filter((agent) => !["online", "revoked"].includes(agent.state));
  if (quiet.length === 0) return null;
  return (
    <>
      <h2>Agents not heard</h2>
      <ul class="quiet">
        {quiet.map((agent) => (
          <li key={agent.id}>
            <AgentMark state={agent.state} />
            <a href={`/sites/${agent.site}`}>{agent.siteName}</a>
            <span class="muted">
              <Ago at={agent.lastHeard} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
