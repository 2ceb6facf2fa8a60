import type { IncidentEvent } from "../../../incident.ts";
import type { IncidentPage as Page } from "../../../pages.ts";
import { AcknowledgeForm } from "../acknowledge-dialog.tsx";
import { Marks } from "../incident-list.tsx";
import { useLive } from "../live.ts";
import { useLoad } from "../load.ts";
import { Forms, Loading } from "../loading.tsx";
import { SeverityMark } from "../marks.tsx";
import { ObservationTable } from "../observation-table.tsx";
import { PhoneTable } from "../phone-table.tsx";
import { Subject, switchPath } from "../subject.tsx";
import { Ago, clockTime } from "../time.tsx";
import { useTitle } from "../title.ts";

export function IncidentPage({ id }: { readonly id: string }) {
  const { overview } = useLive();
  // The row changes whenever anything of it does: then its page is read again.
  const row = overview?.incidents.find((each) => each.id === id);
  const site = overview?.sites.find((tile) => tile.id === row?.site);
  const version = JSON.stringify([row, site?.lastHeard]);
  const [loaded] = useLoad<Page>(`/incidents/${encodeURIComponent(id)}`, version);
  useTitle(loaded.state === "ready" ? loaded.data.cause : "Incident");
  return (
    <Loading of={loaded} missing="There is no such incident.">
      {(page) => <Incident page={page} />}
    </Loading>
  );
}

function Incident({ page }: { readonly page: Page }) {
  return (
    <article>
      <p class="trail">
        <a href="/">Incidents</a> <a href={`/sites/${page.site}`}>{page.siteName}</a>
        {page.switch !== undefined && <a href={switchPath(page.site, page.switch)}>{page.switch}</a>}
      </p>
      <header class="head">
        <SeverityMark severity={page.severity} />
        <h1>{page.sentence}</h1>
        <p class="meta">
          <span>
            since <Ago at={page.since} />
          </span>
          <span>
            <Subject of={page.subject} site={page.site} />
          </span>
          <span>
            {page.cause} ({page.rule}, {page.layer})
          </span>
          <span>{Math.round(page.confidence * 100)} % sure</span>
          <Marks row={page} />
        </p>
      </header>
      <div class="columns">
        <div>
          <section>
            <h2>Proof</h2>
            <ObservationTable observations={page.because} site={page.site} withSubject />
          </section>
          {page.consequences.length > 0 && <Consequences of={page.consequences} />}
          <section>
            <h2>
              Phones affected <span class="count">{page.affectedPhones.length}</span>
            </h2>
            <PhoneTable phones={page.phones} site={page.site} />
          </section>
        </div>
        <aside>
          <section class="remedy">
            <h2>What to do</h2>
            <p>{page.remedy}</p>
          </section>
          <Taken page={page} />
          <Events events={page.events} />
          <Forms path={`/incidents/${page.id}`} />
        </aside>
      </div>
    </article>
  );
}

function Consequences({ of }: { readonly of: readonly string[] }) {
  return (
    <section>
      <h2>Explained by it</h2>
      <ul class="plain-list">
        {of.map((each) => (
          <li key={each}>↳ {each}</li>
        ))}
      </ul>
    </section>
  );
}

function Taken({ page }: { readonly page: Page }) {
  if (page.state === "open")
    return (
      <section>
        <h2>
          Acknowledge <kbd>a</kbd>
        </h2>
        <AcknowledgeForm id={page.id} done={() => {}} />
      </section>
    );
  if (page.owner === undefined) return null;
  return (
    <section>
      <h2>Taken by {page.owner}</h2>
      {page.note !== undefined && <p class="note">{page.note}</p>}
    </section>
  );
}

function Events({ events }: { readonly events: readonly IncidentEvent[] }) {
  return (
    <section>
      <h2>Timeline</h2>
      <ol class="events">
        {events.toReversed().map((event) => (
          <li key={`${event.at} ${event.event}`}>
            <time class="muted">{clockTime(event.at)}</time>
            <span>
              {event.event}
              {event.who !== undefined && ` by ${event.who}`}
              {event.note !== undefined && <span class="muted">: {event.note}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
