import type { PhonePage as Page } from "../../../pages.ts";
import { ChartFigure } from "../chart-figure.tsx";
import { IncidentList } from "../incident-list.tsx";
import { useLive } from "../live.ts";
import { useLoad } from "../load.ts";
import { Forms, Loading } from "../loading.tsx";
import { StateMark } from "../marks.tsx";
import { Subject, printMac } from "../subject.tsx";
import { Ago } from "../time.tsx";
import { Timeline } from "../timeline.tsx";
import { useTitle } from "../title.ts";

export function PhonePage({ mac }: { readonly mac: string }) {
  const { overview } = useLive();
  // Which site it is on is known once it is read: until then any site's news is reason enough to read again.
  const [loaded] = useLoad<Page>(`/phones/${encodeURIComponent(mac)}`, JSON.stringify(overview?.sites));
  useTitle(loaded.state === "ready" ? (loaded.data.label ?? printMac(mac)) : "Phone");
  return (
    <Loading of={loaded} missing="No phone with this MAC is in the inventory.">
      {(page) => <Phone page={page} />}
    </Loading>
  );
}

function Phone({ page }: { readonly page: Page }) {
  return (
    <article>
      <p class="trail">
        <a href="/sites">Sites</a> <a href={`/sites/${page.site}`}>{page.siteName}</a>
      </p>
      <header class="head">
        <StateMark state={page.status} />
        <h1>{page.label ?? printMac(page.mac)}</h1>
        <p class="meta">
          <span>
            {page.vendor} {page.model}
          </span>
          <code>{printMac(page.mac)}</code>
          {page.lines.length > 0 && <span>line {page.lines.join(", ")}</span>}
          {page.port !== undefined && (
            <span>
              on <Subject of={page.port} site={page.site} />
            </span>
          )}
          <span>{page.state}</span>
          <span>
            last asked <Ago at={page.lastSeen} />
          </span>
        </p>
      </header>
      {page.incidents.length > 0 && <IncidentList rows={page.incidents} withSite={false} />}
      <div class="charts">
        {page.charts.map((chart) => (
          <ChartFigure key={`${chart.subject} ${chart.key}`} chart={chart} />
        ))}
      </div>
      <h2>What it asked, what it was told, what was seen</h2>
      <Timeline entries={page.timeline} site={page.site} />
      <Forms path={`/phones/${page.mac}`} />
    </article>
  );
}
