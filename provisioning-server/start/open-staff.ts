import { createHash, randomInt } from "node:crypto";
import type { AddressInfo } from "node:net";
import { registerApi } from "../api/register-api.ts";
import type { Certificates } from "../doors/certificates.ts";
import { buildStaffListener } from "../listeners.ts";
import { registerProblemPages } from "../problem-pages.ts";
import { registerAgentRoutes } from "../reports/routes.ts";
import { serverVersion } from "../server-version.ts";
import { Settings } from "../store/settings.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { shutOut } from "./shut-out.ts";
import type { PartsWithNoc } from "./parts.ts";

/** Opens the listener of staff and agents; its port. */
export async function openStaff(parts: PartsWithNoc, certificates: Certificates): Promise<number> {
  const { config, closing, tlsListeners, guard, log, noc } = parts;
  const app = buildStaffListener(certificates, log);
  noc.register(app);
  registerApi(app, apiParts(parts));
  registerProblemPages(app);
  registerAgentRoutes(app, await agentRoutes(parts, certificates));
  shutOut(app, guard, "staff");
  closing.push(() => app.close());
  tlsListeners.push(app);
  await app.listen({ host: config.staff.host, port: config.staff.port });
  return (app.server.address() as AddressInfo).port;
}

function apiParts({ inventory, noc, guard, log }: PartsWithNoc): Parameters<typeof registerApi>[1] {
  return {
    inventory,
    signIn: noc.signIn,
    version: serverVersion(),
    log,
    onAbuse: (kind, ip) => guard.abuse({ kind, ip }),
  };
}

async function agentRoutes(
  { inventory, commandWait, noc, guard, load, log, metrics, crash }: PartsWithNoc,
  certificates: Certificates,
): Promise<Parameters<typeof registerAgentRoutes>[1]> {
  const { store } = inventory;
  const { serverKey } = await inventory.renderContext();
  return {
    store,
    tokenKey: createHash("sha256").update("offhook-agent-tokens\n").update(serverKey).digest(),
    serverId: await new Settings(store).getOrPut("server.id", () => uuidV7(Date.now())),
    pins: () => [certificates.spkiPin],
    commandWait,
    onChange: () => {
      noc.board.look().then(() => noc.feed.touch(), crash);
    },
    onAbuse: (kind, ip) => guard.abuse({ kind, ip }),
    putOff: () => {
      if (!load.overloaded) return undefined;
      metrics.shed.add({ class: "history" });
      return randomInt(30, 301);
    },
    onIngest: (result) => {
      if (result.kind !== "stored") return;
      metrics.reports.add({ outcome: "stored" }, result.stored);
      metrics.reports.add({ outcome: "duplicate" }, result.again);
      metrics.reports.add({ outcome: "quarantined" }, result.quarantined.length);
    },
    log,
  };
}
