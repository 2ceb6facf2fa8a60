import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { connectionAddress, rtpMaps } from "../../../protocol/sdp/session.ts";
import { decodeUri } from "../../../protocol/sip/uri.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import { headerValue, headerValues } from "../../../protocol/sip/message.ts";
import { observeLogin, observeUntriedLogin } from "../sip-agent/observe-login.ts";
import { observeNoAnswer, observeResponse } from "../sip-options/observe-options.ts";
import type { AnsweredCall, CallParts, CallRun } from "./run-call.ts";

type Parts = CallParts & { readonly transport: SipTransport };
const ms = (value: number): number => Number(value.toFixed(1));
const s = (value: number): number => Number((value / 1000).toFixed(2));

/** What a test call says, from its first millisecond to its BYE. */
export function observeCall(run: CallRun, parts: Parts, observe: Observe): Observation[] {
  const { rung, asked } = run;
  const note =
    rung.cancelled === undefined
      ? ""
      : `rang until it was cancelled (CANCEL ${rung.cancelled.cancel ?? "unanswered"}, INVITE ${rung.cancelled.invite ?? "unanswered"}); `;
  const ended =
    rung.end.kind === "final"
      ? observeResponse(rung.end.response, note, observe)
      : observeNoAnswer(rung, { transport: parts.transport, note }, observe);
  return [
    ...ended,
    observe("sip.retrans", asked.repeats),
    observe("sip.auth.stage", asked.stage),
    ...observeDemands(run, observe),
    ...observeLogin(asked, parts, observe),
    ...observeUntriedLogin(asked, parts, observe),
    ...observeTimes(run, observe),
    ...(run.answered === undefined ? [] : observeAnswered(run.answered, parts, observe)),
  ];
}

/** Headers of a refusal that name what is missing. */
function observeDemands({ rung, minSession }: CallRun, observe: Observe): Observation[] {
  const observations = minSession === undefined ? [] : [observe("call.minSession", minSession)];
  if (rung.end.kind !== "final" || rung.end.response.code < 300) return observations;
  const { response } = rung.end;
  const named = ["Unsupported", "Require", "Accept", "Min-SE", "Contact"].flatMap((name) => {
    const values = headerValues(response, name);
    return values.length === 0 ? [] : [`${name}: ${values.join(", ")}`];
  });
  return named.length === 0 ? observations : [...observations, observe("sip.demands", named)];
}

/** Set-up times, since the INVITE that was not challenged. */
function observeTimes({ rung }: CallRun, observe: Observe): Observation[] {
  const [start] = rung.sentAt;
  if (start === undefined) return [];
  const steps = rung.provisional.map((response, index) => ({
    code: response.code,
    text: `${response.code} ${response.reason} after ${ms((rung.provisionalAt[index] ?? start) - start)} ms`,
    after: ms((rung.provisionalAt[index] ?? start) - start),
  }));
  const observations = [observe("call.progress", steps.map(({ text }) => text.slice(0, 400)).slice(0, 50))];
  const [first] = steps;
  const ringing = steps.find(({ code }) => code >= 180);
  if (first !== undefined) observations.push(observe("call.trying", first.after));
  const answeredAt =
    rung.end.kind === "final" && rung.end.response.code < 300 ? ms(rung.end.at - start) : undefined;
  const pdd = ringing?.after ?? answeredAt;
  if (pdd !== undefined)
    observations.push(observe("call.pdd", pdd, { evidence: ringing?.text ?? "answered without ringing" }));
  if (answeredAt !== undefined) observations.push(observe("call.setup", answeredAt));
  return observations;
}

function observeAnswered(answered: AnsweredCall, parts: Parts, observe: Observe): Observation[] {
  const { repeatsAfter, remoteTarget, response } = answered;
  const routes = headerValues(response, "Record-Route");
  const repeats = repeatsAfter.map((after) => `${s(after)} s`).join(", ");
  return [
    ...observeCodecs(answered, parts, observe),
    ...observeKeys(answered, observe),
    ...observeAudio(answered, observe),
    observe("call.contact", hostOf(remoteTarget), {
      evidence: `Contact ${remoteTarget}${routes.length === 0 ? "" : `; Record-Route ${routes.join(", ")}`}`,
    }),
    observe("call.answerRepeats", repeatsAfter.length, {
      evidence: repeats === "" ? undefined : `the answer came again after ${repeats}`,
    }),
    observe("call.ackWithheld", parts.withholdAck),
    ...observeEnd(answered, observe),
    ...(parts.timer === 0 ? [] : observeSession(answered, observe)),
  ];
}

function hostOf(uri: string): string {
  const decoded = decodeUri(uri);
  return decoded.ok && decoded.value.kind === "sip" ? decoded.value.host : uri;
}

function observeCodecs({ sdp }: AnsweredCall, { codecs }: Parts, observe: Observe): Observation[] {
  const media = sdp?.media[0];
  if (media === undefined)
    return [observe("call.codecs.answered", [], { outcome: "absent", evidence: "no SDP in the answer" })];
  const names = rtpMaps(media).map(({ encoding }) => encoding.toLowerCase());
  const audio = names.filter((name) => name !== "telephone-event" && name !== "cn");
  const observations = [
    observe("call.codecs.answered", audio, {
      evidence: `offered ${codecs.join(", ")}; m= ${media.profile} ${media.formats.join(" ")}`,
    }),
    observe("call.dtmf", names.includes("telephone-event")),
  ];
  const [used] = audio;
  if (used !== undefined) observations.push(observe("call.codec", used));
  // The first of ours that the answer holds at all should be its first (policy g722, ulaw, alaw).
  const wished = codecs.find((codec) => audio.includes(codec));
  if (used !== undefined && wished !== undefined) {
    observations.push(
      observe("call.order", used === wished, {
        evidence: `offered ${codecs.join(", ")}; answered ${audio.join(", ")}`,
      }),
    );
  }
  return observations;
}

/** How media are protected, and where their key went: to whoever reads the signalling, or between the two ends alone. */
function observeKeys({ sdp }: AnsweredCall, observe: Observe): Observation[] {
  const media = sdp?.media[0];
  if (sdp === undefined || media === undefined) return [];
  const lines = [...sdp.lines, ...media.lines].filter(({ type }) => type === "a");
  const said = (name: string) => lines.some(({ value }) => value.startsWith(`${name}:`));
  const keys = said("crypto") ? "sdes" : said("fingerprint") ? "dtls" : "none";
  const clear = !media.profile.includes("SAVP") && keys === "none";
  const evidence = `the answer's media are ${media.profile}`;
  return [
    observe("call.profile", media.profile),
    ...(clear || keys !== "none" ? [observe("call.keys", keys, { evidence })] : []),
  ];
}

function observeAudio({ sdp, audio }: AnsweredCall, observe: Observe): Observation[] {
  const media = sdp?.media[0];
  const address = sdp === undefined || media === undefined ? undefined : connectionAddress(sdp, media);
  const observations =
    address === undefined ? [] : [observe("call.media", `${address} port ${media?.port ?? 0}`)];
  if (audio === undefined) return observations;
  const evidence = audio.sources.length === 0 ? "nothing came" : `from ${audio.sources.join(", ")}`;
  return [
    ...observations,
    observe("call.audio.sent", audio.sent),
    observe("call.audio.received", audio.received, { evidence }),
  ];
}

function observeEnd({ endedAfter, bye }: AnsweredCall, observe: Observe): Observation[] {
  const observations: Observation[] = [];
  if (endedAfter !== undefined)
    observations.push(observe("call.ended", s(endedAfter), { evidence: "the far end sent BYE" }));
  if (bye === undefined) return observations;
  const how = bye.code === undefined ? ({ outcome: "timeout", evidence: "no answer to BYE" } as const) : {};
  return [...observations, observe("call.bye", bye.code ?? null, how)];
}

function observeSession({ response, session, refresh }: AnsweredCall, observe: Observe): Observation[] {
  if (session === undefined) {
    const evidence = `Session-Expires is missing in the answer; Supported: ${headerValue(response, "Supported") ?? "none"}`;
    return [observe("call.session", null, { outcome: "absent", evidence })];
  }
  const observations = [
    observe("call.session", session.seconds),
    observe("call.session.refresher", session.refresher ?? "not said"),
  ];
  if (refresh === undefined) return observations;
  const at = `${s(refresh.after)} s after the answer`;
  if (refresh.by === "nobody") {
    return [...observations, observe("call.refresh", "none", { evidence: `nobody had refreshed ${at}` })];
  }
  if (refresh.by === "them") {
    return [
      ...observations,
      observe("call.refresh", "ok", { evidence: `the server's ${refresh.method} came ${at}` }),
    ];
  }
  const { code, method } = refresh;
  const evidence = `our ${method}, ${at}, got ${code ?? "no answer"}`;
  const word = code === undefined ? "unanswered" : code < 300 ? "ok" : String(code);
  return [...observations, observe("call.refresh", word, { evidence })];
}
