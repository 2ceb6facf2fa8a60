import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { compare, type Side } from "./compare.ts";
import { cpuTimeOfTree } from "./cpu-time.ts";
import { freeTcpPort } from "./free-port.ts";
import { type Boot, type HttpsServer, loadBoots } from "./https-load.ts";
import { type ProvisioningServer, startProvisioning } from "./provisioning-process.ts";
import { startProgram, type Started } from "./start-program.ts";

const atOnce = 32;

export const bench: Bench = {
  name: "https",
  about: "the HTTPS door (answer, render, record) beside nginx, one worker, the same bytes from disk",
  async run(context) {
    await using scope = new AsyncDisposableStack();
    const served = join(context.folder, "served");
    await mkdir(served);
    const ours = scope.use(await startProvisioning(join(context.folder, "data"), served));
    const { phones, certificate, httpsPort: port } = ours.says;
    const boots = phones.map(({ boot, common, config }): Boot => ({ asks: [boot, common, config] }));
    const side = (name: string, pid: number, server: HttpsServer): Side => ({
      name,
      async run(ms) {
        const cpu = cpuTimeOfTree(pid) ?? 0;
        const came = await loadBoots(server, boots, atOnce, ms, context.signal);
        const used = (cpuTimeOfTree(pid) ?? 0) - cpu;
        const perCpu = used > 0 ? { "boots/CPU-s": came.boots / used } : {};
        return {
          rates: { "boots/s": came.boots / came.seconds, ...perCpu },
          loadBusy: came.loadBusy,
          failed: came.failed,
        };
      },
    });
    const { ca } = certificate;
    const self = side("offhook", ours.pid, { address: "127.0.0.1", port, ca });
    const nginxPort = await freeTcpPort();
    const started = await nginx(context.folder, served, certificate, nginxPort);
    if (!started.ok) context.skip("nginx", started.why);
    const peers = started.ok
      ? [
          side("nginx", scope.use(started.program).pid, {
            address: "127.0.0.1",
            port: nginxPort,
            ca,
          }),
        ]
      : [];
    await compare(context, `a new TLS connection with 3 GETs (one missing), ${atOnce} at once`, self, peers);
  },
};

async function nginx(
  folder: string,
  served: string,
  { cert, key }: ProvisioningServer["certificate"],
  port: number,
): Promise<Started> {
  const file = join(folder, "nginx.conf");
  await writeFile(join(folder, "nginx.pem"), cert);
  await writeFile(join(folder, "nginx.key"), key, { mode: 0o600 });
  await writeFile(file, config(folder, served, port));
  const words = ["-p", folder, "-c", file, "-e", "stderr"];
  return startProgram({ command: "nginx", words, place: "server", ready: () => accepts(port) });
}

/** As Debian's, where that matters here: one worker, an access log, keep-alive. Our door keeps its record, too. */
function config(folder: string, served: string, port: number): string {
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 2048; }
http {
  access_log ${folder}/access.log;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/nginx.pem;
    ssl_certificate_key ${folder}/nginx.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    root ${served};
    log_not_found off;
  }
}
`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
