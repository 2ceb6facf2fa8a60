import { randomBytes, randomInt } from "node:crypto";
import { buildRequest, newBranch, newCallId, newTag } from "../../../protocol/sip/request.ts";
import { headerValue, type SipResponse } from "../../../protocol/sip/message.ts";
import { quickTimers } from "../../../protocol/sip/transaction-timers.ts";
import { escapeUser, printHostPort } from "../../../protocol/sip/uri.ts";
import type { AgentIo } from "../../io/io.ts";
import type { SipChannel } from "../../io/sip/sip-channel.ts";
import { runSipTransaction } from "../../io/sip/sip-transaction.ts";
import { inviteRequest } from "../sip-agent/invite-request.ts";
import { callOffer } from "../sip-agent/offer.ts";
import { OpenDialog } from "../sip-agent/open-dialog.ts";
import { callAgent, ring, type Rung } from "../sip-agent/ring.ts";

export interface GuestParts {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  readonly number: string;
  readonly knownUser?: string;
}

export interface GuestRun {
  readonly rung: Rung;
  /** Answers to a REGISTER without a login. */
  readonly known?: SipResponse | undefined;
  readonly unknown?: SipResponse | undefined;
}

type GuestIo = Pick<AgentIo, "clock" | "openUdp" | "say">;

/** Three requests at most, a second apart. Stops at 503 and at Retry-After. @throws the signal's reason. */
export async function askAsGuest(
  channel: SipChannel,
  parts: GuestParts,
  io: GuestIo,
  signal: AbortSignal,
): Promise<GuestRun> {
  const rung = await callAsGuest(channel, parts, io, signal);
  const { knownUser } = parts;
  if (knownUser === undefined || wantsPeace(rung)) return { rung };
  io.say("comparing a known user with an unknown one");
  await io.clock.sleep(1000, signal);
  const unknown = await askLogin(channel, parts, randomBytes(6).toString("hex"), io, signal);
  await io.clock.sleep(1000, signal);
  const known = await askLogin(channel, parts, knownUser, io, signal);
  return { rung, known, unknown };
}

function wantsPeace({ end }: Rung): boolean {
  if (end.kind !== "final") return true;
  return end.response.code === 503 || headerValue(end.response, "Retry-After") !== undefined;
}

async function callAsGuest(
  channel: SipChannel,
  parts: GuestParts,
  io: GuestIo,
  signal: AbortSignal,
): Promise<Rung> {
  await using socket = await io.openUdp({ localAddress: channel.local.address });
  const place = { address: channel.local.address, port: socket.localPort };
  const offer = callOffer({
    ...place,
    codecs: ["pcma", "pcmu"],
    profile: "RTP/AVP",
    sessionId: randomInt(2 ** 31),
  });
  const invite = inviteRequest(channel, { ...parts, user: "anonymous", offer });
  // 100 is a hop that took it and may still ask for a login; from 101 on it rings somewhere.
  const options = {
    timers: quickTimers,
    clock: io.clock,
    patience: 5000,
    until: ({ code }: SipResponse) => code > 100,
  };
  const rung = await ring(channel, invite, options, signal);
  if (rung.end.kind === "final" && rung.end.response.code < 300) {
    const dialog = OpenDialog.of(channel, invite, rung.end.response, {
      ...options,
      offer,
      withholdAck: false,
    });
    await dialog?.acknowledge();
    await dialog?.ask("BYE", {}, AbortSignal.timeout(4000)).catch(() => undefined);
  }
  return rung;
}

async function askLogin(
  channel: SipChannel,
  { domain }: GuestParts,
  user: string,
  io: GuestIo,
  signal: AbortSignal,
): Promise<SipResponse | undefined> {
  const place = printHostPort(domain, undefined);
  const address = `sip:${escapeUser(user)}@${place}`;
  const request = buildRequest({
    method: "REGISTER",
    uri: `sip:${place}`,
    transport: channel.transport,
    local: channel.local,
    from: address,
    to: address,
    callId: newCallId(randomBytes),
    fromTag: newTag(randomBytes),
    cseq: 1,
    branch: newBranch(randomBytes),
    userAgent: callAgent,
  });
  // Without Contact it only asks who is logged in: nothing is changed, whatever the server makes of it.
  const question = { ...request, headers: request.headers.filter(({ name }) => name !== "Contact") };
  const { end } = await runSipTransaction(
    channel,
    question,
    { timers: quickTimers, clock: io.clock },
    signal,
  );
  return end.kind === "final" ? end.response : undefined;
}
