import { randomBytes, randomInt } from "node:crypto";
import type { SipResponse } from "../../../protocol/sip/message.ts";
import type { SipChannel } from "../../io/sip/sip-channel.ts";
import { askWithLogin } from "../sip-agent/ask-with-login.ts";
import { inviteRequest } from "../sip-agent/invite-request.ts";
import { Login } from "../sip-agent/login.ts";
import { callOffer, offeredCodecs, profiles, type OfferedCodec, type Profile } from "../sip-agent/offer.ts";
import { OpenDialog } from "../sip-agent/open-dialog.ts";
import { ring, type Rung } from "../sip-agent/ring.ts";
import type { CallIo, CallParts } from "./run-call.ts";

/** One offer by itself, and what became of it. */
export interface MatrixCell {
  readonly codec: OfferedCodec;
  readonly profile: Profile;
  /** It rang, or was answered: both ends can do this. */
  readonly accepted: boolean;
  /** The refusal; undefined with `accepted` false: it neither rang nor was refused in time. */
  readonly refusal?: SipResponse;
}

// No more than 5 requests a second: a scan guard would ban us (an INVITE, its login, CANCEL and ACK are four).
const pauseMs = 800;

/** Offers each codec, and each profile with G.711, in a call of its own, which is called off as soon as it rings. */
export async function askMatrix(
  channel: SipChannel,
  parts: CallParts,
  io: CallIo,
  signal: AbortSignal,
): Promise<readonly MatrixCell[]> {
  const cells: MatrixCell[] = [];
  const login = new Login(parts.account);
  const wishes = [
    ...offeredCodecs.map((codec) => ({ codec, profile: profiles[0] })),
    ...profiles.slice(1).map((profile) => ({ codec: "pcma" as const, profile })),
  ];
  for (const wish of wishes) {
    io.say(`offering ${wish.codec} with ${wish.profile}`);
    if (cells.length > 0) await io.clock.sleep(pauseMs, signal);
    const rung = await offerAlone(channel, parts, wish, login, io, signal);
    const cell = cellOf(wish, rung);
    cells.push(cell);
    // Overload is no time for experiments.
    if (cell.refusal?.code === 503) break;
  }
  return cells;
}

type Wish = Pick<MatrixCell, "codec" | "profile">;

async function offerAlone(
  channel: SipChannel,
  parts: CallParts,
  { codec, profile }: Wish,
  login: Login,
  io: CallIo,
  signal: AbortSignal,
): Promise<Rung> {
  const { timers } = parts;
  await using socket = await io.openUdp({ localAddress: channel.local.address });
  const key = profile.includes("SAVP") ? { key: randomBytes(30).toString("base64") } : {};
  const place = { address: channel.local.address, port: socket.localPort };
  const offer = callOffer({ ...place, codecs: [codec], profile, sessionId: randomInt(2 ** 31), ...key });
  let rung: Rung | undefined;
  const asked = await askWithLogin(inviteRequest(channel, { ...parts, offer }), login, async (invite) => {
    const until = ({ code }: SipResponse): boolean => code >= 180;
    rung = await ring(channel, invite, { timers, clock: io.clock, patience: 5000, until }, signal);
    return rung;
  });
  const ended = rung ?? asked.exchange;
  if (ended.end.kind === "final" && ended.end.response.code < 300) {
    const dialogParts = { timers, clock: io.clock, offer, withholdAck: false };
    const dialog = OpenDialog.of(channel, asked.request, ended.end.response, dialogParts);
    await dialog?.acknowledge();
    await dialog?.ask("BYE", {}, AbortSignal.timeout(4000)).catch(() => undefined);
  }
  return ended;
}

function cellOf(wish: Wish, { end, provisional }: Rung): MatrixCell {
  if (end.kind !== "final") return { ...wish, accepted: provisional.some(({ code }) => code >= 180) };
  const { response } = end;
  // Busy, or the like, comes from the called phone: its codecs were not the reason.
  return response.code < 300 ? { ...wish, accepted: true } : { ...wish, accepted: false, refusal: response };
}
