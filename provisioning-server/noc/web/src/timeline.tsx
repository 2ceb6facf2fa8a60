import type { ComponentChildren } from "preact";
import { measuredText } from "../../../../protocol/measured-text.ts";
import type { TimelineEntry } from "../../pages.ts";
import { valueText } from "./observation-table.tsx";
import { Subject } from "./subject.tsx";
import { clockTime, fullTime } from "./time.tsx";

type Request = Extract<TimelineEntry, { readonly kind: "request" }>;
type Seen = Extract<TimelineEntry, { readonly kind: "observation" }>;

/** Newest first. Observations of one look stand in one line. */
export function Timeline({
  entries,
  site,
}: {
  readonly entries: readonly TimelineEntry[];
  readonly site: string;
}) {
  if (entries.length === 0)
    return <p class="empty">Nothing yet: it has asked for nothing, and nobody has looked at it.</p>;
  return (
    <ol class="timeline">
      {groups(entries).map((group) => (
        <Line key={`${group[0].kind} ${group[0].at} ${group.length}`} group={group} site={site} />
      ))}
    </ol>
  );
}

type Group = readonly [TimelineEntry, ...TimelineEntry[]];

function groups(entries: readonly TimelineEntry[]): Group[] {
  const found: [TimelineEntry, ...TimelineEntry[]][] = [];
  for (const entry of entries) {
    const last = found.at(-1);
    if (last !== undefined && oneLook(last[0], entry)) last.push(entry);
    else found.push([entry]);
  }
  return found;
}

function oneLook(a: TimelineEntry, b: TimelineEntry): boolean {
  if (a.kind !== "observation" || b.kind !== "observation") return false;
  return a.observation.subject === b.observation.subject && Math.abs(a.at - b.at) < 2000;
}

function Line({ group, site }: { readonly group: Group; readonly site: string }) {
  const [first] = group;
  switch (first.kind) {
    case "request":
      return (
        <Entry at={first.at} word="asked" tone={toneOf(first)}>
          <RequestText request={first} />
        </Entry>
      );
    case "incident":
      return (
        <Entry at={first.at} word="incident" tone="event">
          <a href={`/incidents/${first.id}`}>{first.sentence}</a> <span class="tag">{first.event}</span>
        </Entry>
      );
    case "observation":
      return (
        <Entry at={first.at} word="seen" tone="seen">
          <SeenText seen={group.filter((entry) => entry.kind === "observation")} site={site} />
        </Entry>
      );
  }
}

function Entry(props: {
  readonly at: number;
  readonly word: string;
  readonly tone: string;
  readonly children: ComponentChildren;
}) {
  return (
    <li class={`entry ${props.tone}`}>
      <time class="muted" dateTime={new Date(props.at).toISOString()} title={fullTime(props.at)}>
        {clockTime(props.at)}
      </time>
      <span class="word">{props.word}</span>
      <span class="text">{props.children}</span>
    </li>
  );
}

function toneOf(request: Request): string {
  if (request.outcome === "file") return "good";
  return request.outcome === "no-such-file" && request.normal === true ? "seen" : "bad";
}

function RequestText({ request }: { readonly request: Request }) {
  return (
    <>
      <code>
        {request.method} {request.path}
      </code>{" "}
      <span class="muted">over {request.via}</span> → <b>{outcomeText(request)}</b>
      {request.bytes !== undefined && <span class="muted"> {measuredText(request.bytes, "bytes")}</span>}
      {request.reason !== undefined && <span class="reason">{request.reason}</span>}
      {request.remedy !== undefined && <span class="reason">Remedy: {request.remedy}</span>}
    </>
  );
}

function outcomeText(request: Request): string {
  switch (request.outcome) {
    case "file":
      return "file";
    case "no-such-file":
      return request.normal === true ? "no such file (normal)" : "no such file";
    case "unknown-device":
      return "unknown phone";
    case "denied":
      return "denied";
  }
}

function SeenText({ seen, site }: { readonly seen: readonly Seen[]; readonly site: string }) {
  const [first] = seen;
  return (
    <>
      {first !== undefined && <Subject of={first.observation.subject} site={site} />}{" "}
      {seen.map(({ observation }) => (
        <span key={observation.key} class="pair">
          <code>{observation.key}</code> {valueText(observation)}
        </span>
      ))}
    </>
  );
}
