import { measuredText } from "../../../../protocol/measured-text.ts";
import type { Observation } from "../../../../protocol/observation.ts";
import { Subject } from "./subject.tsx";
import { Ago, fullTime } from "./time.tsx";

export function ObservationTable(props: {
  readonly observations: readonly Observation[];
  readonly site: string;
  readonly withSubject?: boolean;
}) {
  if (props.observations.length === 0) return <p class="muted">No observation was named as proof.</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {props.withSubject === true && <th>Of</th>}
            <th>Key</th>
            <th class="number">Value</th>
            <th>Seen</th>
            <th>By</th>
          </tr>
        </thead>
        <tbody>
          {props.observations.map((each) => (
            <tr key={`${each.subject} ${each.key}`}>
              {props.withSubject === true && (
                <td>
                  <Subject of={each.subject} site={props.site} />
                </td>
              )}
              <td>
                <code>{each.key}</code>
              </td>
              <td class="number">{valueText(each)}</td>
              <td>
                <Ago at={each.at} />
              </td>
              <td>
                {each.probe}
                {each.evidence !== undefined && <Evidence text={each.evidence} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Evidence({ text }: { readonly text: string }) {
  return (
    <details>
      <summary>evidence</summary>
      <pre>{text}</pre>
    </details>
  );
}

export function valueText({ key, value, unit, outcome }: Observation): string {
  if (outcome !== "ok" && value === null) return outcome;
  // The one key that is an instant and no span.
  if (key === "prov.lastFetch" && typeof value === "number") return fullTime(value);
  const text = Array.isArray(value)
    ? value.join(", ")
    : typeof value === "boolean"
      ? value
        ? "yes"
        : "no"
      : String(value);
  return measuredText(typeof value === "number" ? value : text, unit);
}
