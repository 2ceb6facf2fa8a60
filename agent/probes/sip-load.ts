import { randomBytes } from "node:crypto";
import { Type } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { RandomHex } from "../../protocol/sip/random-hex.ts";
import { RequestTemplate, type WrittenRequest } from "../../protocol/sip/request-template.ts";
import { quickTimers } from "../../protocol/sip/transaction-timers.ts";
import { escapeUser, printHostPort } from "../../protocol/sip/uri.ts";
import type { AgentIo } from "../io/io.ts";
import { watchOwnLoad } from "../io/rtp/own-load.ts";
import { SipClient } from "../io/sip/sip-client.ts";
import type { UdpSocket } from "../io/udp/udp.ts";
import { observeLoad } from "./sip-load/observe-load.ts";
import { runLoad, type LoadRun } from "./sip-load/run-load.ts";
import { showLoad } from "./sip-load/show-load.ts";
import { tryParseHostPort } from "./sip-options/host-port.ts";
import { observeFailure, observeResponse } from "./sip-options/observe-options.ts";

const SipLoadSettings = Type.Object(
  {
    /** A second. */
    rate: Type.Integer({ minimum: 1, maximum: 2000 }),
    /** s */
    for: Type.Integer({ minimum: 1, maximum: 30, default: 10 }),
    user: Type.Optional(Type.String({ maxLength: 128 })),
    domain: Type.Optional(Type.String({ maxLength: 253 })),
  },
  { additionalProperties: false },
);

type LoadIo = Pick<AgentIo, "clock" | "openUdp" | "resolve" | "say">;

/** Before the load: does it answer at all, and is something lost already? */
const unhurried = { rate: 10, seconds: 1 };

/**
 * OPTIONS at an even rate that does not wait for answers (rows N16 to N18). It burdens a server, so a person alone runs it: it
 * is on no schedule. Repeats are those of RFC 3261, for 3 s.
 */
export const sipLoad: Probe<typeof SipLoadSettings, LoadIo> = {
  name: "sip-load",
  verb: "sip",
  about: "ask a SIP server at a rate, to see what is lost under load",
  target: "HOST[:PORT]",
  example: "offhook diag sip pbx.example --rate 200 --for 10",
  settings: SipLoadSettings,
  async run(target, { rate, for: seconds, user, domain }, io, signal) {
    const place = tryParseHostPort(target, 5060);
    const name = place === undefined ? target : printHostPort(place.host, place.port);
    const observe = observerOf("sip-load", `sip:${name}/udp`, io.clock.now());
    const transport = observe("sip.transport", "udp");
    const failed = (evidence: string): Observation[] => [
      transport,
      observe("sip.code", null, { outcome: "unreachable", evidence }),
    ];
    if (place === undefined) return failed(`${target} is not HOST or HOST:PORT`);
    let socket: UdpSocket;
    try {
      const [address] = await io.resolve(place.host);
      if (address === undefined) return failed(`${place.host} has no address`);
      socket = await io.openUdp({ peer: { address, port: place.port }, inRuns: true, control: true });
    } catch (error) {
      return failed((error as Error).message);
    }
    await using client = new SipClient(socket, quickTimers, io.clock);
    const host = printHostPort(domain ?? place.host, undefined);
    const next = requestsOf(socket, {
      uri: `sip:${user === undefined ? "" : `${escapeUser(user)}@`}${printHostPort(domain ?? place.host, place.port === 5060 ? undefined : place.port)}`,
      from: `sip:offhook@${host}`,
    });
    io.say(`asking ${name} ten times without haste`);
    const before = await runLoad(client, next, { ...unhurried, say: io.say }, io.clock, signal);
    const first = observeBefore(before, observe);
    if (before.ending === "error" || before.log.answered === 0) return [transport, ...first];
    const strays = client.strays;
    const ownLoad = watchOwnLoad([socket.localPort]);
    const say = (line: string) => io.say(line, "kept");
    const run = await runLoad(client, next, { rate, seconds, say }, io.clock, signal);
    const { bufferDrops: ownDrops } = await ownLoad();
    const load = observeLoad(run, { twice: client.strays - strays, ownDrops, rate }, observe);
    return [transport, ...(run.ending === "error" ? observeError(run, observe) : first), ...load];
  },
  show: showLoad,
};

function requestsOf(
  socket: UdpSocket,
  { uri, from }: { readonly uri: string; readonly from: string },
): () => WrittenRequest {
  const template = new RequestTemplate({
    method: "OPTIONS",
    uri,
    transport: "udp",
    local: { address: socket.localAddress, port: socket.localPort },
    from,
    to: uri,
    cseq: 1,
    userAgent: "Offhook (SIP probe)",
    headers: [{ name: "Accept", value: "application/sdp" }],
  });
  const random = new RandomHex(randomBytes);
  return () => template.fill(random);
}

/** As `diag sip` tells it: the answer, what was sent again; or how there was none. */
function observeBefore(run: LoadRun, observe: Observe): Observation[] {
  const { log, ending } = run;
  if (ending === "error") return observeError(run, observe);
  const retrans = observe(
    "sip.retrans",
    log.seconds.reduce((all, { repeated, lost }) => all + repeated + lost, 0),
    {
      evidence: `of ${unhurried.rate} before the load`,
    },
  );
  if (log.lastAnswer === undefined) {
    const outcome = ending === "stopped" ? "absent" : "timeout";
    const evidence =
      ending === "stopped" ? "ended before an answer" : `${run.sent} asked, no answer; nothing more was sent`;
    return [observe("sip.code", null, { outcome, evidence }), retrans];
  }
  return [...observeResponse(log.lastAnswer, "", observe), retrans];
}

function observeError({ log, took }: LoadRun, observe: Observe): Observation[] {
  const note = `after ${took.toFixed(1)} s and ${log.answered} answers: `;
  return observeFailure(log.error, { transport: "udp", note }, observe);
}
