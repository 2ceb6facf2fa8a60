import type { Chart } from "../../charts.ts";
import type { FarEnd } from "../../far-ends.ts";
import { subjectDetail } from "../../../../protocol/subject-text.ts";
import { ChartFigure } from "./chart-figure.tsx";
import { StateMark } from "./marks.tsx";
import { valueText } from "./observation-table.tsx";
import { subjectText } from "./subject.tsx";
import { Ago } from "./time.tsx";

/** What the phones of a site talk to: how each is now, and its last hours as lines. */
export function FarEndList(props: {
  readonly farEnds: readonly FarEnd[];
  readonly charts: readonly Chart[];
}) {
  return (
    <ul class="far-ends">
      {props.farEnds.map((each) => (
        <li key={each.subject}>
          <p class="far-end">
            <StateMark state={each.state} />
            <b>{subjectText(each.subject)}</b>
            <span class="muted">{subjectDetail(each.subject)}</span>
            <Figures of={each} />
            <span class="muted">
              <Ago at={each.lookedAt} />
            </span>
          </p>
          {each.incident !== undefined && (
            <p>
              <a href={`/incidents/${each.incident.id}`}>{each.incident.sentence}</a>
            </p>
          )}
          <Charts of={props.charts.filter(({ subject }) => subject === each.subject)} />
        </li>
      ))}
    </ul>
  );
}

function Figures({ of }: { readonly of: FarEnd }) {
  return (
    <span class="figures">
      {of.figures.map((figure) => (
        <span key={figure.key}>
          <code>{figure.key}</code> {valueText(figure)}
        </span>
      ))}
    </span>
  );
}

function Charts({ of }: { readonly of: readonly Chart[] }) {
  if (of.length === 0) return null;
  return (
    <details>
      <summary>its last hours</summary>
      <div class="charts">
        {of.map((chart) => (
          <ChartFigure key={chart.key} chart={chart} />
        ))}
      </div>
    </details>
  );
}
