import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lineOf, type Namespace } from "./network.ts";

/** Served over TLS on port 5061 as well; PEM. */
type Credentials = { readonly key: string; readonly cert: string };

const configuration = (
  address: string,
  ports: readonly number[],
  tlsFolder: string | undefined,
) => `#!KAMAILIO
log_stderror=yes
children=1
${tlsFolder === undefined ? "disable_tcp=yes" : tlsLines(address, tlsFolder)}
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

function tlsLines(address: string, folder: string): string {
  return `enable_tls=yes
listen=tls:${address}:5061
loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "private_key", "${folder}/key.pem")
modparam("tls", "certificate", "${folder}/cert.pem")
modparam("tls", "verify_certificate", 0)
modparam("tls", "require_certificate", 0)`;
}

/** A SIP server in a namespace that answers OPTIONS, takes no login, and knows nothing of our probes. */
export async function startKamailioIn(
  t: { after(done: () => void): void },
  namespace: Namespace,
  address: string,
  ports: readonly number[] = [5060],
  tls?: Credentials,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "offhook-kamailio-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "kamailio.cfg");
  if (tls !== undefined) {
    writeFileSync(join(folder, "key.pem"), tls.key, { mode: 0o600 });
    writeFileSync(join(folder, "cert.pem"), tls.cert);
  }
  writeFileSync(file, configuration(address, ports, tls === undefined ? undefined : folder));
  const words = ["-DD", "-E", "-f", file, "-Y", folder, "-w", folder, "-m", "16", "-M", "4"];
  await lineOf(namespace.start("kamailio", words), /offhook: ready/u);
}
