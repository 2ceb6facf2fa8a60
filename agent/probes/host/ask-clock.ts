import {
  clockOffset,
  decodeNtpReply,
  encodeNtpRequest,
  type NtpReply,
} from "../../../protocol/ntp/packet.ts";
import { mismatchSentence } from "../../../protocol/decoded.ts";
import type { Outcome } from "../../../protocol/observation.ts";
import type { AgentIo } from "../../io/io.ts";
import type { Datagram, UdpSocket } from "../../io/udp/udp.ts";

export type ClockAnswer =
  | { readonly ok: true; readonly offset: number; readonly evidence: string }
  | { readonly ok: false; readonly outcome: Outcome; readonly evidence: string };

/** Asks a time server once (SNTP) what this clock is off by, ms. */
export async function askClock(
  server: string,
  timeout: number,
  io: AgentIo,
  signal: AbortSignal,
): Promise<ClockAnswer> {
  const [host = "", port = "123"] = server.split(":");
  let address: string | undefined;
  try {
    [address] = await io.resolve(host);
  } catch (error) {
    return {
      ok: false,
      outcome: "unreachable",
      evidence: error instanceof Error ? error.message : String(error),
    };
  }
  if (address === undefined) return { ok: false, outcome: "unreachable", evidence: `${host} has no address` };
  await using socket = await io.openUdp({ peer: { address, port: Number(port) } });
  return await exchange(socket, { address, port: Number(port) }, timeout, io, signal);
}

async function exchange(
  socket: UdpSocket,
  peer: { address: string; port: number },
  timeout: number,
  io: AgentIo,
  signal: AbortSignal,
): Promise<ClockAnswer> {
  const came = new AbortController();
  let answer: ClockAnswer = {
    ok: false,
    outcome: "timeout",
    evidence: `no answer from ${peer.address} within ${timeout} ms`,
  };
  const settle = (found: ClockAnswer) => {
    answer = found;
    came.abort();
  };
  // A number only this exchange knows, so that a forged or late reply cannot pass for it.
  const stamp = BigInt.asUintN(64, crypto.getRandomValues(new BigUint64Array(1))[0] ?? 1n);
  const asked = { wall: io.clock.now(), mono: io.clock.mono() };
  socket.listen(
    (datagram) => {
      const reply = replyTo(stamp, datagram);
      if (reply !== undefined)
        settle(
          typeof reply === "string"
            ? { ok: false, outcome: "garbled", evidence: reply }
            : offsetOf(reply, asked, datagram.at),
        );
    },
    (error) => settle({ ok: false, outcome: "refused", evidence: error.message }),
  );
  await socket.send(encodeNtpRequest(stamp), peer.port, peer.address);
  try {
    await io.clock.sleep(timeout, AbortSignal.any([came.signal, signal]));
  } catch (error) {
    if (signal.aborted) throw error;
  }
  return answer;
}

function replyTo(stamp: bigint, datagram: Datagram): NtpReply | string | undefined {
  const reply = decodeNtpReply(datagram.bytes);
  if (!reply.ok) return mismatchSentence(reply.why);
  return reply.value.originate === stamp ? reply.value : undefined;
}

function offsetOf(reply: NtpReply, asked: { wall: number; mono: number }, answeredMono: number): ClockAnswer {
  const answered = asked.wall + (answeredMono - asked.mono);
  // The server's clock minus ours; `clock.offset` is ours against it.
  const offset = -clockOffset(asked.wall, reply, answered);
  return {
    ok: true,
    offset,
    evidence: `stratum ${reply.stratum}, round trip ${Math.round(answered - asked.wall)} ms`,
  };
}
