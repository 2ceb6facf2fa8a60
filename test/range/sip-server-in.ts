import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lineOf, type Namespace } from "./network.ts";

const configuration = (address: string, ports: readonly number[]) => `#!KAMAILIO
log_stderror=yes
children=1
disable_tcp=yes
${ports.map((port) => `listen=udp:${address}:${port}`).join("\n")}
loadmodule "sl.so"
loadmodule "xlog.so"
loadmodule "textops.so"
event_route[core:worker-one-init] {
  xlog("L_ERR", "offhook: ready\\n");
}
request_route {
  force_rport();
  if (method == "OPTIONS") sl_send_reply("200", "OK");
  else if (method == "REGISTER") {
    append_to_reply("WWW-Authenticate: Digest realm=\\"pbx.example\\", nonce=\\"made-up\\", qop=\\"auth\\"\\r\\n");
    sl_send_reply("401", "Unauthorized");
  }
  else if (method != "ACK") sl_send_reply("405", "Method Not Allowed");
}
`;

/** A SIP server in a namespace that answers OPTIONS, takes no login, and knows nothing of our probes. */
export async function startKamailioIn(
  t: { after(done: () => void): void },
  namespace: Namespace,
  address: string,
  ports: readonly number[] = [5060],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "offhook-kamailio-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "kamailio.cfg");
  writeFileSync(file, configuration(address, ports));
  const words = ["-DD", "-E", "-f", file, "-Y", folder, "-w", folder, "-m", "16", "-M", "4"];
  await lineOf(namespace.start("kamailio", words), /offhook: ready/u);
}
