import type { SitePage as Page } from "../../../pages.ts";
import { FarEndList } from "../far-end-list.tsx";
import { IncidentList } from "../incident-list.tsx";
import { useLive } from "../live.ts";
import { useLoad } from "../load.ts";
import { Forms, Loading } from "../loading.tsx";
import { AgentMark, StateMark } from "../marks.tsx";
import { PhoneTable } from "../phone-table.tsx";
import { Counts } from "../site-tile.tsx";
import { switchPath } from "../subject.tsx";
import { Ago } from "../time.tsx";
import { useTitle } from "../title.ts";

export function SitePage({ id }: { readonly id: string }) {
  const { overview } = useLive();
  const version = JSON.stringify(overview?.sites.find((tile) => tile.id === id));
  const [loaded] = useLoad<Page>(`/sites/${encodeURIComponent(id)}`, version);
  useTitle(loaded.state === "ready" ? loaded.data.name : "Site");
  return (
    <Loading of={loaded} missing="There is no such site.">
      {(page) => <Site page={page} />}
    </Loading>
  );
}

function Site({ page }: { readonly page: Page }) {
  return (
    <article>
      <p class="trail">
        <a href="/sites">Sites</a>
      </p>
      <header class="head">
        <StateMark state={page.state} />
        <h1>{page.name}</h1>
        <p class="meta">
          <Counts counts={page.phones} />
          <span>
            heard <Ago at={page.lastHeard} />
          </span>
        </p>
      </header>
      {page.incidentRows.length > 0 && <IncidentList rows={page.incidentRows} withSite={false} />}
      {page.farEnds.length > 0 && <h2>What its phones talk to</h2>}
      <FarEndList farEnds={page.farEnds} charts={page.charts} />
      <div class="columns">
        <section>
          <h2>
            Phones <span class="count">{page.phoneRows.length}</span>
          </h2>
          <PhoneTable phones={page.phoneRows} site={page.id} />
          <Forms path={`/sites/${page.id}`} />
        </section>
        <aside>
          <h2>Switches</h2>
          {page.switches.length === 0 && <p class="muted">No switch has been seen here.</p>}
          <ul class="plain-list">
            {page.switches.map((id) => (
              <li key={id}>
                <a href={switchPath(page.id, id)} data-row>
                  {id}
                </a>
              </li>
            ))}
          </ul>
          <Agents site={page.id} />
        </aside>
      </div>
    </article>
  );
}

function Agents({ site }: { readonly site: string }) {
  const { overview } = useLive();
  const agents = overview?.agents.filter((agent) => agent.site === site) ?? [];
  return (
    <>
      <h2>Agents</h2>
      {agents.length === 0 && (
        <p class="muted">No agent watches this site: enrol one with offhook agent enrol.</p>
      )}
      <ul class="quiet">
        {agents.map((agent) => (
          <li key={agent.id}>
            <AgentMark state={agent.state} />
            <span>{agent.hostname}</span>
            <span class="muted">
              <Ago at={agent.lastHeard} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
