import type { Figures } from "./figures.ts";

/** Marking of each way, and what it was good for where that was compared. */
export function markSentences(figures: Figures): string[] {
  const sent = figures.number("dscp.sent");
  const seen = figures.number("dscp.seen");
  const [backSent, back] = [figures.number("dscp.back.sent"), figures.number("dscp.back")];
  if (sent === undefined && back === undefined) return [];
  const there =
    seen === undefined
      ? `sent ${sent ?? "unmarked"}; how it arrives there is not known (${figures.get("dscp.seen")?.evidence ?? "nobody told"})`
      : `${kept(sent, seen)} there (TTL ${figures.number("ttl.seen") ?? "?"})`;
  const here =
    back === undefined
      ? `how the far end's arrives here is not known (${figures.get("dscp.back")?.evidence ?? "nobody told"})`
      : `${kept(backSent, back)} here (TTL ${figures.number("ttl.back") ?? "?"})`;
  return [`Marking (DSCP): ${there}; ${here}.`, ...compared(figures)];
}

function kept(sent: number | undefined, seen: number): string {
  if (sent === undefined) return `what comes is marked ${seen}`;
  return sent === seen ? `${seen} arrives unchanged` : `${sent} was sent, ${seen} arrives`;
}

function compared(figures: Figures): string[] {
  const [there, back] = [figures.number("rtp.be.fwd.loss"), figures.number("rtp.be.rev.loss")];
  if (there === undefined && back === undefined) return [];
  const marked = `${figures.print("rtp.fwd.loss")} there and ${figures.print("rtp.rev.loss")} back`;
  const plain = `${figures.print("rtp.be.fwd.loss")} and ${figures.print("rtp.be.rev.loss")}`;
  const all = [there, back, figures.number("rtp.fwd.loss"), figures.number("rtp.rev.loss")];
  const idle = all.every((each) => (each ?? 0) === 0);
  return [
    `Priority: marked packets lost ${marked}, unmarked ones at the same time ${plain}${idle ? ". The line was not full, so nobody had to be preferred: try it while the line is busy" : ""}.`,
  ];
}
