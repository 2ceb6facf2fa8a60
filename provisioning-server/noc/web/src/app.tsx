import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { AcknowledgeDialog, chosenIncident } from "./acknowledge-dialog.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { type DialogName, listenForKeys } from "./keyboard.ts";
import { useLive } from "./live.ts";
import { useMe } from "./me.ts";
import { AgentsPage } from "./pages/agents-page.tsx";
import { IncidentPage } from "./pages/incident-page.tsx";
import { IncidentsPage } from "./pages/incidents-page.tsx";
import { PhonePage } from "./pages/phone-page.tsx";
import { SitePage } from "./pages/site-page.tsx";
import { SitesPage } from "./pages/sites-page.tsx";
import { SwitchPage } from "./pages/switch-page.tsx";
import { type Place, usePlace } from "./router.ts";
import { SearchDialog } from "./search-dialog.tsx";
import { toggleTheme, useDark } from "./theme.ts";
import { span, useNow } from "./time.tsx";

export function App() {
  const place = usePlace();
  const [dialog, setDialog] = useState<{ name: DialogName; incident?: string } | undefined>();
  const open = (name: DialogName): void => {
    const incident = chosenIncident();
    if (name !== "acknowledge") setDialog({ name });
    else if (incident !== undefined) setDialog({ name, incident });
  };
  useEffect(() => listenForKeys(open), []);
  const close = (): void => setDialog(undefined);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Bar place={place} open={open} />
      <StaleBanner />
      <main id="main" tabIndex={-1}>
        {pageFor(place)}
      </main>
      {dialog?.name === "help" && <HelpDialog close={close} />}
      {dialog?.name === "search" && <SearchDialog close={close} />}
      {dialog?.incident !== undefined && <AcknowledgeDialog id={dialog.incident} close={close} />}
    </>
  );
}

function pageFor({ path, query }: Place): ComponentChildren {
  const [first = "", second, third] = path.split("/").slice(1).map(decoded);
  if (first === "" || (first === "incidents" && second === undefined)) return <IncidentsPage />;
  if (first === "incidents" && second !== undefined) return <IncidentPage id={second} />;
  if (first === "sites") return second === undefined ? <SitesPage /> : <SitePage id={second} />;
  if (first === "switches" && second !== undefined && third !== undefined)
    return <SwitchPage site={second} id={third} port={query.get("port") ?? undefined} />;
  if (first === "phones" && second !== undefined) return <PhonePage mac={second} />;
  if (first === "agents") return <AgentsPage />;
  return <p class="empty">There is no such page.</p>;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function Bar({ place, open }: { readonly place: Place; readonly open: (name: DialogName) => void }) {
  const me = useMe();
  const dark = useDark();
  const [first = ""] = place.path.split("/").slice(1);
  const current = (...names: string[]): "page" | undefined => (names.includes(first) ? "page" : undefined);
  return (
    <header class="bar">
      <a class="brand" href="/">
        Offhook
      </a>
      <nav aria-label="Pages">
        <a href="/" aria-current={current("", "incidents")}>
          Incidents
        </a>
        <a href="/sites" aria-current={current("sites", "switches", "phones")}>
          Sites
        </a>
        <a href="/agents" aria-current={current("agents")}>
          Agents
        </a>
      </nav>
      <button type="button" class="find" onClick={() => open("search")}>
        Find a phone, extension, site … <kbd>/</kbd>
      </button>
      <Heard />
      <button type="button" class="plain" onClick={toggleTheme} title="Light or dark (d)">
        {dark ? "Light" : "Dark"}
      </button>
      <button type="button" class="plain" onClick={() => open("help")} title="Keys (?)">
        Keys
      </button>
      <form method="post" action="/sign-out">
        <button class="plain" title={me === undefined ? "" : `Signed in as ${me.name}, ${me.role}`}>
          Sign out
        </button>
      </form>
    </header>
  );
}

function Heard() {
  const { heardAt } = useLive();
  useNow();
  if (heardAt === undefined) return <span class="heard muted">connecting …</span>;
  return <span class="heard muted">heard {span(Date.now() - heardAt)} ago</span>;
}

function StaleBanner() {
  const { heardAt } = useLive();
  useNow();
  if (heardAt === undefined || Date.now() - heardAt < 30_000) return null;
  return (
    <p class="stale" role="alert">
      Nothing heard from the server for {span(Date.now() - heardAt)}: what you see may be out of date.
    </p>
  );
}
