// The agents' half of a server on loopback: in a test's own process, or as a child that is killed
// (`report-server.ts FOLDER PORT` prints its port when it listens).
import { writeSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { ensureCertificates } from "../../provisioning-server/doors/certificates.ts";
import { registerAgentRoutes } from "../../provisioning-server/reports/routes.ts";
import { Agents } from "../../provisioning-server/store/agents.ts";
import { openStore } from "../../provisioning-server/store/open-store.ts";

export async function startReportServer(folder: string, port = 0) {
  const certificates = await ensureCertificates({
    folder: join(folder, "tls"),
    names: ["localhost"],
    now: Date.now(),
  });
  const store = await openStore({ path: join(folder, "store.db"), now: Date.now });
  // TLS makes the type of the app another one; the routes do not mind.
  const app = Fastify({
    https: { cert: certificates.cert, key: certificates.key },
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;
  registerAgentRoutes(app, {
    store,
    tokenKey: Buffer.alloc(32, 1),
    serverId: "server-1",
    pins: () => [certificates.spkiPin],
    onChange: () => {},
    log: { error: (fields) => console.error(fields) },
  });
  await app.listen({ host: "127.0.0.1", port });
  return {
    port: (app.server.address() as AddressInfo).port,
    pin: certificates.spkiPin,
    ca: certificates.caPem,
    store,
    agents: new Agents(store),
    async stop() {
      await app.close();
      await store.close();
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const [folder = "", port = "0"] = process.argv.slice(2);
  const server = await startReportServer(folder, Number(port));
  writeSync(1, `${server.port}\n`);
}
