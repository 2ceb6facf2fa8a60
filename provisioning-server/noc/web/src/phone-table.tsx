import type { PhoneRow } from "../../pages.ts";
import { StateMark } from "./marks.tsx";
import { Subject, printMac } from "./subject.tsx";
import { Ago } from "./time.tsx";

export function PhoneTable({
  phones,
  site,
}: {
  readonly phones: readonly PhoneRow[];
  readonly site: string;
}) {
  if (phones.length === 0) return <p class="muted">None that is in the inventory.</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>State</th>
            <th>Phone</th>
            <th>Lines</th>
            <th>Model</th>
            <th>Port</th>
            <th>Last request</th>
          </tr>
        </thead>
        <tbody>
          {phones.map((phone) => (
            <tr key={phone.mac}>
              <td>
                <StateMark state={phone.status} />
              </td>
              <td>
                <a href={`/phones/${phone.mac}`} data-row>
                  {phone.label ?? printMac(phone.mac)}
                </a>
                {phone.label !== undefined && <code class="muted"> {printMac(phone.mac)}</code>}
              </td>
              <td>{phone.lines.join(", ")}</td>
              <td>{phone.model}</td>
              <td>
                {phone.port === undefined ? (
                  <span class="muted">?</span>
                ) : (
                  <Subject of={phone.port} site={site} />
                )}
              </td>
              <td>
                <Ago at={phone.lastSeen} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
