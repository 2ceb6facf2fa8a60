import { randomBytes } from "node:crypto";
import { systemClock } from "../../agent/io/clock.ts";
import { SipClient, type SipEnd } from "../../agent/io/sip/sip-client.ts";
import { openUdp } from "../../agent/io/udp/udp.ts";
import { RandomHex } from "../../protocol/sip/random-hex.ts";
import { RequestTemplate } from "../../protocol/sip/request-template.ts";
import { rfcTimers } from "../../protocol/sip/transaction-timers.ts";

export interface Server {
  readonly address: string;
  readonly port: number;
}

/** What became of the requests of one run at one rate. */
export interface LoadResult {
  readonly asked: number;
  /** Answered 200 after one sending. */
  readonly clean: number;
  /** The rate at which they left, which a client that cannot keep up does not keep. */
  readonly rate: number;
}

/** Sent again, an answer would come by then; without a repeat it is not clean. */
const patienceMs = 450;

/** OPTIONS at a rate that does not wait for answers, each with identifiers of its own, from one socket. */
export async function loadAt(
  server: Server,
  rate: number,
  ms: number,
  signal: AbortSignal,
): Promise<LoadResult> {
  const socket = await openUdp({ peer: server, inRuns: true, control: true });
  await using client = new SipClient(socket, rfcTimers, systemClock);
  const uri = `sip:${server.address}:${server.port}`;
  const template = new RequestTemplate({
    method: "OPTIONS",
    uri,
    transport: "udp",
    local: { address: socket.localAddress, port: socket.localPort },
    from: `sip:offhook@${server.address}`,
    to: uri,
    cseq: 1,
    userAgent: "Offhook bench",
    headers: [{ name: "Accept", value: "application/sdp" }],
  });
  const random = new RandomHex(randomBytes);
  let clean = 0;
  const onEnd = ({ response, sentAt }: SipEnd) => {
    if (response?.code === 200 && sentAt.length === 1) clean += 1;
  };
  const all = Math.round((rate * ms) / 1000);
  const from = performance.now();
  for (let asked = 0; asked < all; await nextTurn()) {
    const due = Math.min(all, ((performance.now() - from) * rate) / 1000);
    for (; asked < due; asked += 1) client.ask(template.fill(random), onEnd);
    signal.throwIfAborted();
  }
  const took = performance.now() - from;
  const until = performance.now() + patienceMs;
  while (client.open > 0 && performance.now() < until) await nextTurn();
  return { asked: all, clean, rate: (all / took) * 1000 };
}

/** All answered at once, and at the rate that was asked for. */
export function isClean({ asked, clean, rate }: LoadResult, wanted: number): boolean {
  return clean === asked && rate >= 0.95 * wanted;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
