import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../../agent/io/clock.ts";
import { openSipChannel } from "../../agent/io/sip/sip-channel.ts";
import { runSipTransaction } from "../../agent/io/sip/sip-transaction.ts";
import { openStream } from "../../agent/io/stream/stream.ts";
import { openUdp } from "../../agent/io/udp/udp.ts";
import { digestHa1 } from "../../protocol/sip/digest.ts";
import { newBranch, newCallId, newTag, optionsRequest } from "../../protocol/sip/request.ts";
import { rfcTimers } from "../../protocol/sip/transaction-timers.ts";
import { Secret } from "../../protocol/secret.ts";

export interface KamailioOptions {
  /** Of loopback, for UDP and TCP. */
  readonly port: number;
  /** With it TLS is served as well; PEM. */
  readonly tls?: { readonly port: number; readonly key: string; readonly cert: string };
  /** User and password of each account. */
  readonly users: Readonly<Record<string, string>>;
  /** MD5 unless told otherwise: old phones know no more. */
  readonly algorithm?: "MD5" | "SHA-256";
  /** Challenge OPTIONS too. */
  readonly loginForOptions?: boolean;
  /** Pass a NOTIFY on to where its user is registered, after a login. */
  readonly relayNotify?: boolean;
}

export interface Kamailio {
  /** What it wrote so far, a line each: `offhook: …` tells each request. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** The realm of its challenges. */
export const kamailioRealm = "pbx.example";
/** Requests to this domain get 403 at once, and to this user 503 with Retry-After. */
export const forbiddenDomain = "forbidden.example";
export const overloadedUser = "overloaded";
/** A call to this number gets 488, for want of a codec, once it is logged in. */
export const deafNumber = "488";

/** A real SIP server on loopback: registrar with digest logins, and answers for probes. @throws with its log when it ends early. */
export async function startKamailio(options: KamailioOptions): Promise<Kamailio> {
  const folder = await mkdtemp(join(tmpdir(), "offhook-kamailio-"));
  const file = join(folder, "kamailio.cfg");
  if (options.tls !== undefined) {
    await writeFile(join(folder, "key.pem"), options.tls.key, { mode: 0o600 });
    await writeFile(join(folder, "cert.pem"), options.tls.cert);
  }
  await writeFile(file, configuration(options, folder), { mode: 0o600 });
  // Stays in the foreground (-DD), logs to stderr (-E), little shared and private memory.
  const words = ["-DD", "-E", "-f", file, "-Y", folder, "-w", folder, "-m", "16", "-M", "4"];
  // A process group of its own: its workers can be ended with it, should it not do that by itself.
  const child = spawn("kamailio", words, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const ended = once(child, "exit");
  const log: string[] = [];
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    // A SIGTERM while it still forks is lost.
    const last = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), 3000);
    await ended;
    clearTimeout(last);
    await rm(folder, { recursive: true, force: true });
  };
  const ready = new Promise<boolean>((resolve) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      log.push(line);
      if (line.includes("offhook: ready")) resolve(true);
    });
    child.once("exit", () => resolve(false));
  });
  // The TCP workers are forked last: when they answer, all is up.
  if ((await ready) && (await answersOverTcp(options.port))) return { log, stop };
  await stop();
  throw new Error(`kamailio ended before it was ready:\n${log.slice(-20).join("\n")}`);
}

async function answersOverTcp(port: number): Promise<boolean> {
  const target = {
    transport: "tcp",
    address: "127.0.0.1",
    port,
    serverName: "127.0.0.1",
    timeout: 5000,
  } as const;
  const signal = AbortSignal.timeout(10_000);
  await using channel = await openSipChannel({ clock: systemClock, openUdp, openStream }, target, signal);
  const request = optionsRequest({
    uri: `sip:127.0.0.1:${port}`,
    transport: "tcp",
    local: channel.local,
    from: "sip:ready@127.0.0.1",
    to: `sip:127.0.0.1:${port}`,
    callId: newCallId(randomBytes),
    fromTag: newTag(randomBytes),
    cseq: 1,
    branch: newBranch(randomBytes),
    userAgent: "range",
  });
  const options = { timers: rfcTimers, clock: systemClock };
  const { end } = await runSipTransaction(channel, request, options, signal);
  return end.kind === "final";
}

function configuration(options: KamailioOptions, folder: string): string {
  const { port, tls, users, algorithm = "MD5", loginForOptions = false, relayNotify = false } = options;
  const modules = ["tm", "sl", "pv", "maxfwd", "textops", "siputils", "usrloc", "registrar", "auth", "xlog"];
  const found = { hash: algorithm === "MD5" ? "md5" : "sha-256", session: false } as const;
  const accounts = Object.entries(users).map(([user, password]) => {
    if (!/^[\w.+-]+$/.test(user)) throw new Error(`no such user in a kamailio configuration: ${user}`);
    const ha1 = digestHa1(found, user, kamailioRealm, new Secret(password));
    return `  if ($au == "${user}") $var(ha1) = "${ha1}";`;
  });
  return `
debug=2
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
ser_kill_timeout=2
rev_dns=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
${tls === undefined ? "" : `enable_tls=yes\nlisten=tls:127.0.0.1:${tls.port}`}
${modules.map((name) => `loadmodule "${name}.so"`).join("\n")}
${tls === undefined ? "" : tlsModule(folder)}
modparam("auth", "algorithm", "${algorithm}")
modparam("usrloc", "db_mode", 0)
request_route {
  xlog("L_NOTICE", "offhook: $rm $ru from $proto $si:$sp as $ua\\n");
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if ($rd == "${forbiddenDomain}") {
    sl_send_reply("403", "Forbidden");
    exit;
  }
  if ($rU == "${overloadedUser}") {
    append_to_reply("Retry-After: 30\\r\\n");
    sl_send_reply("503", "Service Unavailable");
    exit;
  }
  if (is_method("OPTIONS")) {
    ${loginForOptions ? "route(LOGIN);" : ""}
    append_to_reply("Allow: OPTIONS, REGISTER\\r\\n");
    sl_send_reply("200", "OK");
    exit;
  }
  if (is_method("REGISTER")) {
    route(LOGIN);
    save("location");
    exit;
  }
${relayNotify ? notifyRoute : ""}
  if (is_method("INVITE") && $rU == "${deafNumber}") {
    route(LOGIN);
    append_to_reply("Warning: 305 pbx.example \\"Incompatible media format\\"\\r\\n");
    sl_send_reply("488", "Not Acceptable Here");
    exit;
  }
  if (is_method("ACK")) exit;
  sl_send_reply("405", "Method Not Allowed");
}
route[LOGIN] {
  $var(ha1) = "none";
${accounts.join("\n")}
  if ($var(ha1) == "none" || !pv_www_authenticate("${kamailioRealm}", "$var(ha1)", "1")) {
    www_challenge("${kamailioRealm}", "1");
    exit;
  }
  consume_credentials();
}
event_route[core:worker-one-init] {
  xlog("L_NOTICE", "offhook: ready\\n");
}
`;
}

const notifyRoute = `
  if (is_method("NOTIFY")) {
    route(LOGIN);
    xlog("L_NOTICE", "offhook: passes on Event $hdr(Event)\\n");
    if (!lookup("location")) {
      sl_send_reply("404", "Not Found");
      exit;
    }
    t_relay();
    exit;
  }`;

function tlsModule(folder: string): string {
  return [
    'loadmodule "tls.so"',
    'modparam("tls", "tls_method", "TLSv1.2+")',
    `modparam("tls", "private_key", "${folder}/key.pem")`,
    `modparam("tls", "certificate", "${folder}/cert.pem")`,
    'modparam("tls", "verify_certificate", 0)',
    'modparam("tls", "require_certificate", 0)',
  ].join("\n");
}
