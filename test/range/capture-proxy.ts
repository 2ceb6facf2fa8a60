import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lineOf, type Namespace } from "./network.ts";

interface Test {
  after(done: () => void): void;
}

export interface ProxyPlaces {
  readonly namespace: Namespace;
  /** Of the proxy; it listens at 5060, UDP and TCP. */
  readonly address: string;
  /** Where calls go on to, at 5060 of the same transport. */
  readonly callee: string;
}

const configuration = ({ address, callee }: ProxyPlaces) => `#!KAMAILIO
log_stderror=yes
children=1
tcp_children=1
dns=no
rev_dns=no
auto_aliases=no
listen=udp:${address}:5060
listen=tcp:${address}:5060
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "rr.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "maxfwd.so"
loadmodule "xlog.so"
event_route[core:worker-one-init] {
  xlog("L_ERR", "offhook: ready\\n");
}
request_route {
  if (!mf_process_maxfwd_header("10")) exit;
  if (has_totag()) {
    loose_route();
    t_relay();
    exit;
  }
  if (is_method("INVITE")) record_route();
  if ($proto == "tcp") $du = "sip:${callee}:5060;transport=tcp";
  else $du = "sip:${callee}:5060";
  t_relay();
}
`;

/** A proxy that passes each call on, and stays between its ends (Record-Route). */
export async function startProxy(t: Test, places: ProxyPlaces): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "offhook-proxy-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "kamailio.cfg");
  writeFileSync(file, configuration(places));
  const words = ["-DD", "-E", "-f", file, "-Y", folder, "-w", folder, "-m", "16", "-M", "4"];
  await lineOf(places.namespace.start("kamailio", words), /offhook: ready/u);
}
