import type { IncidentRow } from "../../overview.ts";
import { SeverityMark } from "./marks.tsx";
import { subjectText } from "./subject.tsx";
import { Ago } from "./time.tsx";

export function IncidentList({
  rows,
  withSite = true,
}: {
  readonly rows: readonly IncidentRow[];
  readonly withSite?: boolean;
}) {
  return (
    <ol class="incidents">
      {rows.map((row) => (
        <li key={row.id} class={`incident is-${row.state}`}>
          <a href={`/incidents/${row.id}`} data-row data-incident={row.id}>
            <SeverityMark severity={row.severity} />
            <span class="what">
              <span class="sentence">{row.sentence}</span>
              <span class="meta">
                {withSite && <span>{row.siteName}</span>}
                <span>{subjectText(row.subject)}</span>
                <span>{row.cause}</span>
                <Marks row={row} />
              </span>
            </span>
            <span class="phones">
              <b>{row.affectedPhones.length}</b> {row.affectedPhones.length === 1 ? "phone" : "phones"}
            </span>
            <span class="age">
              <Ago at={row.since} suffix="" />
            </span>
          </a>
        </li>
      ))}
    </ol>
  );
}

export function Marks({ row }: { readonly row: IncidentRow }) {
  return (
    <>
      {row.state === "acknowledged" && <span class="tag">acknowledged{row.owner && ` by ${row.owner}`}</span>}
      {row.state === "cleared" && <span class="tag">cleared</span>}
      {row.state === "closed" && <span class="tag">closed</span>}
      {row.flapping && <span class="tag">flapping</span>}
      {row.unknown && <span class="tag">unknown: its agent is silent</span>}
    </>
  );
}
