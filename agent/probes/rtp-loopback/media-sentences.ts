import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Figures } from "./figures.ts";
import { markSentences } from "./mark-sentences.ts";

/** What the run means, a line for each matter, in the order in which a technician asks. */
export function sentencesOf(figures: Figures): string[] {
  return [
    oneWay(figures),
    ...losses(figures),
    order(figures),
    delay(figures),
    clock(figures),
    ...score(figures),
    ...reports(figures),
    ...markSentences(figures),
    ...agreement(figures),
    ...keys(figures),
    ...ports(figures),
    ...own(figures),
  ];
}

/** The one-way audio decision (count packets, not audio). */
function oneWay(figures: Figures): string {
  const there = figures.number("rtp.fwd.recv");
  const back = figures.number("rtp.rev.recv") ?? 0;
  if (there === undefined && back === 0)
    return "Audio: none came back, and what the far end got is not known. Ask its counters, or measure against an `offhook mirror`; nobody can tell yet which way is closed.";
  if (there === undefined)
    return figures.get("rtp.loss") === undefined
      ? "Audio: the far end's comes here. None of ours could be found in it, so whether ours arrives there is not known."
      : "Audio: both ways are open. What came back had arrived there.";
  if (there > 0 && back > 0) return "Audio: both ways are open.";
  if (there > 0)
    return "Audio: one-way. Ours arrives at the far end, and nothing comes back: the way back is closed or goes elsewhere.";
  if (back > 0)
    return "Audio: one-way. The far end's comes here, and none of ours arrives there: the way there is closed.";
  return "Audio: none in either direction, though the call came up: the media ports are closed, or the answer names a wrong address.";
}

function losses(figures: Figures): string[] {
  const ways: readonly (readonly [string, ObservationKey, ObservationKey])[] = [
    ["there", "rtp.fwd.loss", "rtp.fwd.bursts"],
    ["back", "rtp.rev.loss", "rtp.rev.bursts"],
    ["both ways together", "rtp.loss", "rtp.bursts"],
  ];
  const told = ways.flatMap(([label, loss, bursts]) => {
    const value = figures.number(loss);
    // The way back of an echo is known by the numbers of what came, and stands in the table; its bursts are of the round trip.
    if (value === undefined || (loss === "rtp.rev.loss" && figures.get("rtp.loss") !== undefined)) return [];
    return [{ label, value, how: figures.get(bursts)?.evidence }];
  });
  if (told.length > 0 && told.every(({ value }) => value === 0))
    return [`Loss ${told.map(({ label }) => label).join(" and ")}: none.`];
  return told.map(({ label, value, how }) =>
    value === 0
      ? `Loss ${label}: none.`
      : `Loss ${label}: ${value.toFixed(2)} %${how === undefined ? "" : `; ${how} (RFC 3611)`}.`,
  );
}

function order(figures: Figures): string {
  const [swapped, twice] = [figures.number("rtp.reorder"), figures.number("rtp.dup")];
  if (swapped === undefined || twice === undefined) return "Order: not known, nothing came back.";
  const late = figures.number("rtp.late") ?? 0;
  const odd = [
    ...(swapped === 0 ? [] : [`${swapped} packets out of order`]),
    ...(twice === 0 ? [] : [`${twice} came twice`]),
    ...(late === 0 ? [] : [`${late.toFixed(2)} % of the worse way came too late for a 60 ms jitter buffer`]),
  ];
  return odd.length === 0
    ? "Order: every packet in its place, once, and in time for a 60 ms jitter buffer."
    : `Order: ${odd.join(", ")}.`;
}

function delay(figures: Figures): string {
  const trip = figures.get("rtp.rtt");
  if (trip === undefined) return "Delay: not known.";
  const within =
    figures.number("rtp.rtt.p95") === undefined ? "" : `, 95 % within ${figures.print("rtp.rtt.p95")}`;
  const what = trip.evidence?.replace("median, ", "") ?? "";
  return `Delay: round trip ${figures.print("rtp.rtt")}${within} (${what})${eachWay(figures)}.`;
}

function eachWay(figures: Figures): string {
  const there = figures.get("rtp.delay.fwd");
  if (there === undefined) return "";
  if (there.outcome !== "ok")
    return `; each way cannot be told, as ${there.evidence ?? "the clocks disagree"}`;
  return `; there ${figures.print("rtp.delay.fwd")}, back ${figures.print("rtp.delay.rev")}, if the clocks of both hosts agree`;
}

function clock(figures: Figures): string {
  const drift = figures.number("rtp.drift");
  if (drift === undefined) return "Clocks: drift is told from 5 s of audio on.";
  // Below this the line through the packets is that of the network's noise.
  const even = Math.abs(drift) < 20;
  const way = drift > 0 ? "fast" : "slow";
  return even
    ? "Clocks: the far end's runs as ours does, within 20 ppm."
    : `Clocks: the far end's runs ${Math.abs(drift)} ppm ${way} against ours.`;
}

function score(figures: Figures): string[] {
  const mos = figures.number("rtp.mos");
  if (mos === undefined) return ["Score: none, as no media came back."];
  const apart = (["rtp.mos.fwd", "rtp.mos.rev"] as const).map((key) => figures.number(key)?.toFixed(2));
  const ways = apart.includes(undefined) ? "" : ` (there ${apart[0]}, back ${apart[1]})`;
  const r = figures.number("rtp.r")?.toFixed(1) ?? "?";
  return [
    `Score: MOS ${mos.toFixed(2)}${ways}, R ${r}.`,
    `Score's basis: ${String(figures.get("rtp.mos.basis")?.value)}.`,
  ];
}

function reports(figures: Figures): string[] {
  const heard = figures.number("rtp.rtcp.heard");
  if (heard === undefined) return ["RTCP: no reports came, and none could be expected of so short a run."];
  if (heard === 0) return ["RTCP: no reports came."];
  const loss = figures.number("rtp.rtcp.loss");
  if (loss === undefined) return [`RTCP: ${heard} reports came, none about our audio.`];
  const off = figures.number("rtp.rtcp.contradicts");
  const agrees =
    off === undefined
      ? ""
      : Math.abs(off) < 0.5
        ? ", as counted"
        : `, which contradicts the ${figures.print("rtp.fwd.loss")} that were counted; the count is right`;
  const xr = figures.get("rtp.rtcp.mos");
  const said = heard === 1 ? "1 report came; it says" : `${heard} reports came; they say`;
  return [
    `RTCP: ${said} ${loss.toFixed(2)} % lost there${agrees}, jitter there ${figures.jitter("rtp.rtcp.jitter")}.`,
    ...(xr === undefined ? [] : [`RTCP XR: the far end says MOS ${String(xr.value)}: ${xr.evidence ?? ""}.`]),
  ];
}

/** Only what is not as it was agreed on. */
function agreement(figures: Figures): string[] {
  const [mine, theirs] = [figures.number("rtp.ptime.sent"), figures.number("rtp.ptime")];
  const [agreed, seen] = [figures.number("rtp.clock.agreed"), figures.number("rtp.clock")];
  const maps = figures.list("rtp.maps.differ");
  return [
    ...(theirs === undefined || theirs === mine
      ? []
      : [`Packets: the far end sends ${theirs} ms of audio in each, and we send ${mine ?? "?"} ms.`]),
    ...(seen === undefined || seen === agreed
      ? []
      : [`Timestamps: the far end's run at ${seen} Hz, agreed were ${agreed ?? "?"} Hz.`]),
    ...(maps.length === 0 ? [] : [`Payload types: ${maps.join("; ")}.`]),
  ];
}

function keys(figures: Figures): string[] {
  const [sent, back] = [figures.get("rtp.dtmf.sent"), figures.get("rtp.dtmf.back")];
  if (figures.get("rtp.dtmf")?.value === false)
    return [
      "Keys (DTMF): telephone-event was not agreed on; what is pressed would travel as sound, or not at all.",
    ];
  if (sent === undefined || back === undefined) return [];
  const [pressed, came] = [String(sent.value), String(back.value)];
  if (came === pressed) return [`Keys (DTMF): ${pressed} was pressed, and came back.`];
  const why = back.evidence === undefined ? "" : ` (${back.evidence})`;
  return [`Keys (DTMF): ${pressed} was pressed, ${came === "" ? "none" : came} came back${why}.`];
}

const mostPorts = 12;

function ports(figures: Figures): string[] {
  const [good, bad] = [figures.list("rtp.ports.good"), figures.list("rtp.ports.bad")];
  if (good.length + bad.length === 0) return [];
  const some = (list: readonly string[]) =>
    list.length <= mostPorts
      ? list.join(", ")
      : `${list.slice(0, mostPorts).join(", ")} and ${list.length - mostPorts} more`;
  if (bad.length === 0)
    return [`Ports: all ${good.length} pairs had audio back (here to there: ${some(good)}).`];
  return [
    `Ports: ${good.length} of ${good.length + bad.length} pairs had audio back; none on ${some(bad)} (here to there).`,
  ];
}

/** What this program did to its own figures. */
function own(figures: Figures): string[] {
  const drops = figures.number("rtp.own.drops");
  const stamps = figures.get("rtp.own.receiveTime");
  const times =
    stamps?.value === "kernel"
      ? "the kernel told when packets came"
      : `this program told when packets came, as the kernel's word cannot be had (${stamps?.evidence ?? "not supported"})`;
  const dropped =
    drops === undefined
      ? ""
      : drops === 0
        ? ", no buffer overflowed"
        : `, ${drops} packets dropped in full buffers`;
  return [
    `This machine: packets left ${figures.print("rtp.sendLate")} late (p99), event loop ${figures.print("rtp.own.loopDelay")} late (p99), processor ${figures.print("rtp.own.cpu")}${dropped}; ${times}.`,
    ...(figures.isOwnBusy
      ? [
          `Jitter is not trustworthy here: ${figures.get("rtp.sendLate")?.evidence ?? "this machine was busy"}.`,
        ]
      : []),
  ];
}
