import { useLive } from "../live.ts";
import { Forms } from "../loading.tsx";
import { AgentMark } from "../marks.tsx";
import { Ago } from "../time.tsx";
import { useTitle } from "../title.ts";

export function AgentsPage() {
  const { overview } = useLive();
  useTitle("Agents");
  const agents = overview?.agents ?? [];
  return (
    <>
      <h1>
        Agents <span class="count">{overview === undefined ? "" : agents.length}</span>
      </h1>
      {overview !== undefined && agents.length === 0 && (
        <p class="empty">No agents yet. On a machine at the site: offhook agent enrol.</p>
      )}
      {agents.length > 0 && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>State</th>
                <th>Agent</th>
                <th>Site</th>
                <th>Last heard</th>
                <th class="number">Reports waiting</th>
                <th>Version</th>
              </tr>
            </thead>
            <tbody>
              {agents.map((agent) => (
                <tr key={agent.id}>
                  <td>
                    <AgentMark state={agent.state} />
                  </td>
                  <td>
                    {agent.hostname} <code class="muted">{agent.id.slice(0, 13)}</code>
                  </td>
                  <td>
                    <a href={`/sites/${agent.site}`} data-row>
                      {agent.siteName}
                    </a>
                  </td>
                  <td>
                    <Ago at={agent.lastHeard} />
                  </td>
                  <td class="number">{agent.spoolReports ?? "?"}</td>
                  <td>{agent.version}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Forms path="/agents" />
    </>
  );
}
