import type { SiteTile as Tile, StateCounts } from "../../overview.ts";
import { Shape, StateMark } from "./marks.tsx";
import { Ago } from "./time.tsx";

const order = ["down", "degraded", "unknown", "ok"] as const;

export function SiteTile({ tile }: { readonly tile: Tile }) {
  return (
    <a class={`tile edge-${tile.state}`} href={`/sites/${tile.id}`} data-row>
      <span class="tile-head">
        <b>{tile.name}</b>
        <StateMark state={tile.state} />
      </span>
      <Counts counts={tile.phones} />
      <span class="meta">
        <span>
          {tile.incidents === 0
            ? "no incidents"
            : tile.incidents === 1
              ? "1 incident"
              : `${tile.incidents} incidents`}
        </span>
        <span>
          heard <Ago at={tile.lastHeard} />
        </span>
      </span>
    </a>
  );
}

/** `■ 1 ▲ 0 ● 11`, with the words for those who listen; nothing is hidden among the ok ones. */
export function Counts({ counts }: { readonly counts: StateCounts }) {
  const shown = order.filter((state) => counts[state] > 0);
  if (shown.length === 0) return <span class="counts muted">no phones</span>;
  return (
    <span class="counts">
      {shown.map((state) => (
        <span key={state} class={`mark is-${state}`} title={state}>
          <Shape of={state} />
          {counts[state]}
          <span class="unseen"> phones {state}</span>
        </span>
      ))}
    </span>
  );
}
