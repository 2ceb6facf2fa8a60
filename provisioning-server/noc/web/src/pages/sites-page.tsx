import { useLive } from "../live.ts";
import { Forms } from "../loading.tsx";
import { SiteTile } from "../site-tile.tsx";
import { useTitle } from "../title.ts";

export function SitesPage() {
  const { overview } = useLive();
  useTitle("Sites");
  return (
    <>
      <h1>
        Sites <span class="count">{overview?.sites.length ?? ""}</span>
      </h1>
      {overview?.sites.length === 0 && <p class="empty">No sites yet. Add one with offhook site add.</p>}
      <div class="tiles wide">
        {overview?.sites.map((tile) => (
          <SiteTile key={tile.id} tile={tile} />
        ))}
      </div>
      <Forms path="/sites" />
    </>
  );
}
