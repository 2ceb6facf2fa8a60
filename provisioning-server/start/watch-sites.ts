import { buildNoc, type Noc } from "../noc/build-noc.ts";
import { defaultIncidentPolicy } from "../noc/incidents.ts";
import { countIncidentEvents } from "../server-metrics.ts";
import { Commands } from "../store/commands.ts";
import { CurrentObservations } from "../store/observations.ts";
import { Reports } from "../store/reports.ts";
import type { PartsWithNoc, ServerParts } from "./parts.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** The NOC over this server's store. */
export function buildServerNoc(parts: ServerParts): Promise<Noc> {
  const { config, inventory, sources, commandWait, metrics, guard, crash } = parts;
  const { openAfter, closeAfter } = config.noc;
  return buildNoc({
    store: inventory.store,
    sources,
    commandWait,
    now: Date.now,
    policy: { ...defaultIncidentPolicy, openAfter: openAfter * 1000, clearAfter: closeAfter * 1000 },
    onIncidentEvents: (events) => countIncidentEvents(metrics, events),
    onSignIn: (result) => metrics.logins.add({ result }),
    onAbuse: (kind, ip) => guard.abuse({ kind, ip }),
    onError: crash,
  });
}

/** Looks at every site again and again, and forgets hourly what need not be kept longer. */
export function watchSites({ config, inventory, noc, closing, crash, load }: PartsWithNoc): void {
  const stop = new AbortController();
  const watching = noc.board.run(config.noc.every * 1000, stop.signal, crash, () => !load.pressed);
  closing.every(hour, async () => {
    const { store } = inventory;
    await inventory.prune();
    await new Reports(store).prune(Date.now() - 14 * day);
    await new CurrentObservations(store).prune(Date.now() - day);
    await new Commands(store).prune(Date.now() - 30 * day);
  });
  closing.push(async () => {
    stop.abort();
    await watching;
  });
}
