import { codecNames } from "./announced-media.ts";
import { codeSentence, courseOf, secondsText, sixtyFourT1, type CallCourse } from "./call-course.ts";
import type { Described, Dialogue, Exchange } from "./dialogue.ts";
import { remark, type Remark } from "./remark.ts";

/** What is worth saying of a dialogue's signalling, worst first. `endedAt`: of the capture, ms. */
export function dialogueRemarks(dialogue: Dialogue, endedAt: number): Remark[] {
  const remarks = [
    ...(dialogue.method === "INVITE" ? callRemarks(dialogue, courseOf(dialogue), endedAt) : []),
    ...dialogue.exchanges.flatMap((each) => exchangeRemarks(each, endedAt)),
    ...leakRemarks(dialogue),
    ...keyRemarks(dialogue),
    ...twiceRemarks(dialogue),
  ];
  return remarks.toSorted((a, b) => Number(b.wrong) - Number(a.wrong));
}

function callRemarks(dialogue: Dialogue, course: CallCourse, endedAt: number): Remark[] {
  return [
    ...ackRemarks(dialogue, endedAt),
    ...timerRemarks(dialogue, course),
    ...refreshRemarks(dialogue, course, endedAt),
    ...delayRemarks(course),
    ...codecRemarks(dialogue, course),
  ];
}

/** Whether this answer was never confirmed, as far as the capture can tell: it went on for a second, or the answer was repeated. */
export function lacksAck(exchange: Exchange, endedAt: number): boolean {
  const { method, final, acknowledged, answeredAgain } = exchange;
  if (method !== "INVITE" || final === undefined || acknowledged !== undefined) return false;
  return answeredAgain.length > 0 || endedAt - final.at > 1000;
}

function ackRemarks(dialogue: Dialogue, endedAt: number): Remark[] {
  return dialogue.exchanges
    .filter((each) => lacksAck(each, endedAt))
    .map(({ final, answeredAgain }) => {
      const again =
        answeredAgain.length === 0 ? "" : `, which ${final?.source} sent ${answeredAgain.length + 1} times`;
      const sentence = `No ACK came for the ${final?.code} of packet ${final?.number}${again}: the Contact or Record-Route in it leads elsewhere, or the ACK is blocked.`;
      return remark(true, sentence, [final?.number ?? 0, ...answeredAgain]);
    });
}

/** Section 4 of the field's facts: what a call's length alone says. */
const fingerprints = [
  {
    ms: sixtyFourT1,
    within: 2500,
    says: "64 × T1: the side that hung up waited for an ACK, or for an answer, in vain",
  },
  { ms: 900_000, within: 4000, says: "half of the usual session interval of 1800 s: the refresh was due" },
  { ms: 900_000 + sixtyFourT1, within: 4000, says: "the refresh at 900 s was given up after 32 s" },
  { ms: 1_800_000, within: 5000, says: "the usual session interval: nobody refreshed the session" },
  { ms: 1_800_000 + sixtyFourT1, within: 5000, says: "the refresh at 1800 s was given up after 32 s" },
] as const;

/** The fixed time at which a call ended, where it is one of those that mean something. */
export function fingerprintOf({ lasted, bye }: CallCourse): (typeof fingerprints)[number] | undefined {
  if (lasted === undefined || bye === undefined) return undefined;
  return fingerprints.find(({ ms, within }) => Math.abs(lasted - ms) <= within);
}

function timerRemarks(dialogue: Dialogue, course: CallCourse): Remark[] {
  const fingerprint = fingerprintOf(course);
  if (fingerprint === undefined || course.bye === undefined || course.lasted === undefined) return [];
  const unconfirmed = dialogue.exchanges.some(
    ({ method, final, acknowledged }) =>
      method === "INVITE" && (final?.code ?? 300) < 300 && acknowledged === undefined,
  );
  // Half a minute is also how long some people talk.
  if (fingerprint.ms === sixtyFourT1 && !unconfirmed) return [];
  return [
    remark(true, `The call ended after ${secondsText(course.lasted)}: ${fingerprint.says}.`, [
      course.bye.number,
    ]),
  ];
}

/** Whether a refresh failed: refused (but for glare and challenges), or not answered at all. */
export function failedRefresh(exchange: Exchange, endedAt: number): boolean {
  if (exchange.final === undefined) return endedAt - exchange.at > sixtyFourT1 / 4;
  return exchange.final.code >= 300 && ![401, 407, 491].includes(exchange.final.code);
}

function refreshRemarks(
  dialogue: Dialogue,
  { refreshes, answeredAt }: CallCourse,
  endedAt: number,
): Remark[] {
  const failed = refreshes.filter((each) => failedRefresh(each, endedAt));
  const after = (each: Exchange) => secondsText(each.at - (answeredAt ?? each.at));
  const remarks = failed.map((each) =>
    remark(
      true,
      `The ${each.method} that refreshes or changes the call after ${after(each)} ${each.final === undefined ? "was never answered" : `was refused with ${codeSentence(each.final)}`}.`,
      [each.number, ...(each.final === undefined ? each.again : [each.final.number])],
    ),
  );
  const good = refreshes.filter(({ final }) => final !== undefined && final.code < 300);
  if (good.length > 0) {
    const times = good.slice(0, 5).map(after).join(", ");
    remarks.push(
      remark(
        false,
        `The session was refreshed or changed ${good.length === 1 ? "once" : `${good.length} times`}, after ${times}.`,
        good.map(({ number }) => number),
      ),
    );
  }
  if (dialogue.session !== undefined)
    remarks.push(
      remark(
        false,
        `Session timer: ${dialogue.session.seconds} s, refreshed by the ${dialogue.session.refresher}.`,
        [dialogue.session.number],
      ),
    );
  return remarks;
}

function delayRemarks({ ringingAfter, invite }: CallCourse): Remark[] {
  if (ringingAfter === undefined || ringingAfter <= 5000) return [];
  return [
    remark(true, `It took ${secondsText(ringingAfter)} from dialling to the first ring.`, [
      invite?.number ?? 0,
    ]),
  ];
}

function codecRemarks(dialogue: Dialogue, { invite }: CallCourse): Remark[] {
  const refused = dialogue.exchanges.find(({ final }) => final?.code === 488 || final?.code === 606);
  const offer = dialogue.described.find(({ role }) => role === "offer");
  if (refused?.final !== undefined) {
    const offered = dialogue.described.find(({ number }) => number === refused.number) ?? offer;
    const warning = refused.warning === undefined ? "" : ` It says: ${refused.warning}.`;
    const profile =
      offered === undefined ? "" : `: ${codecNames(offered.media).join(", ")} over ${offered.media.profile}`;
    return [
      remark(true, `${refused.final.source} takes nothing of what was offered${profile}.${warning}`, [
        refused.number,
        refused.final.number,
      ]),
    ];
  }
  const answer = dialogue.described.find(({ role, at }) => role === "answer" && at >= (offer?.at ?? 0));
  if (offer === undefined || answer === undefined || invite === undefined) return [];
  return [negotiated(offer, answer), ...eventRemarks(offer, answer)];
}

function negotiated(offer: Described, answer: Described): Remark {
  const [first = "no codec"] = codecNames(answer.media);
  const rest = codecNames(answer.media).slice(1);
  const also = rest.length === 0 ? "" : ` (and takes ${rest.join(", ")})`;
  const sentence = `${offer.source} offered ${codecNames(offer.media).join(", ")}; ${answer.source} chose ${first}${also}, ${protectionText(answer)}.`;
  return remark(false, sentence, [offer.number, answer.number]);
}

function protectionText({ media }: Described): string {
  if (media.protection === "dtls") return "media encrypted (DTLS-SRTP)";
  return media.protection === "sdes" ? "media encrypted (SRTP, key in the SDP)" : "media in the clear";
}

function eventRemarks(offer: Described, answer: Described): Remark[] {
  const has = ({ media }: Described) =>
    media.maps.some(({ encoding }) => encoding.toLowerCase() === "telephone-event");
  if (has(offer) && has(answer)) return [];
  const lacking = [offer, answer].filter((each) => !has(each));
  return [
    remark(
      false,
      `No telephone-event from ${lacking.map(({ source }) => source).join(" and ")}: keys pressed travel as sound or as INFO.`,
      lacking.map(({ number }) => number),
    ),
  ];
}

function exchangeRemarks(exchange: Exchange, endedAt: number): Remark[] {
  const { method, number, again, answeredAgain, final, source, destination } = exchange;
  const remarks: Remark[] = [];
  const silent = final === undefined && exchange.provisional === undefined && endedAt - exchange.at > 2000;
  if (silent)
    remarks.push(
      remark(
        true,
        `${destination} never answered the ${method} of ${source}, sent ${again.length + 1} times.`,
        [number, ...again],
      ),
    );
  else if (again.length > 0)
    remarks.push(
      remark(
        true,
        `${source} sent its ${method} ${again.length + 1} times before it was answered: a packet of it, or the response, was lost.`,
        [number, ...again],
      ),
    );
  if (answeredAgain.length > 0 && (method !== "INVITE" || exchange.acknowledged !== undefined))
    remarks.push(
      remark(
        true,
        `${final?.source} sent its ${final?.code} to ${method} ${answeredAgain.length + 1} times: it did not arrive, or what confirms it did not.`,
        [final?.number ?? number, ...answeredAgain],
      ),
    );
  return [...remarks, ...responseRemarks(exchange)];
}

function responseRemarks({ method, final, retryAfter, number, withCredentials, stale }: Exchange): Remark[] {
  if (
    final === undefined ||
    final.code < 300 ||
    final.code === 487 ||
    final.code === 488 ||
    final.code === 606
  )
    return [];
  const challenge = final.code === 401 || final.code === 407;
  if (challenge && !withCredentials) return [];
  const packets = [number, final.number];
  if (challenge && stale === true)
    return [remark(false, `The nonce of ${final.source} had aged; that is normal.`, packets)];
  if (challenge)
    return [
      remark(
        true,
        `${final.source} refuses the password of this ${method}: it asked again although credentials were sent.`,
        packets,
      ),
    ];
  const wait = retryAfter === undefined ? "" : `; it wants ${retryAfter} s of patience`;
  const normal = final.code === 486 || final.code === 600 || final.code === 603 || final.code < 400;
  return [remark(!normal, `${method} got ${codeSentence(final)}${wait}.`, packets)];
}

function leakRemarks({ leaks }: Dialogue): Remark[] {
  return leaks.map(({ field, address, packetSource, number, kind }) => {
    if (kind === "private")
      return remark(
        true,
        `${field} names the private address ${address} to the public side; the packet came from ${packetSource}.`,
        [number],
      );
    const nat = field === "Via" ? ": there is a NAT or a proxy in between, which rport is for" : "";
    return remark(false, `${field} names ${address}, the packet came from ${packetSource}${nat}.`, [number]);
  });
}

function keyRemarks({ sdesInClear, exchanges }: Dialogue): Remark[] {
  if (sdesInClear.length === 0) return [];
  const carrier = exchanges[0]?.carrier ?? "udp";
  return [
    remark(
      true,
      `The key of the encrypted media stands in the SDP, which went in the clear over ${carrier.toUpperCase()}: everybody on the way can decrypt it.`,
      sdesInClear,
    ),
  ];
}

function twiceRemarks({ twice, twoWays }: Dialogue): Remark[] {
  const ttls = [...new Set(twoWays.map((each) => each.ttls))].slice(0, 3).join(", ");
  if (twoWays.length > 0)
    return [
      remark(
        true,
        `${twoWays.length} messages came twice by two ways: the same packet with other TTLs (${ttls}).`,
        twoWays.flatMap(({ numbers }) => numbers),
      ),
    ];
  if (twice.length === 0) return [];
  return [
    remark(
      false,
      `${twice.length} messages are in the capture twice within milliseconds: it was made at two places at once, or on a mirrored port.`,
      twice,
    ),
  ];
}
