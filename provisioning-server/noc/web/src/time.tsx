import { useEffect, useState } from "preact/hooks";
import { serverNow } from "./live.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `3 s`, `12 min`, `2 h 5 min`, `4 d`: short enough for a list, exact enough to act on. */
export function span(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < day) {
    const rest = Math.floor((ms % hour) / minute);
    return `${Math.floor(ms / hour)} h${rest === 0 ? "" : ` ${rest} min`}`;
  }
  return `${Math.floor(ms / day)} d`;
}

/** A time as age, with the whole time on hover. */
export function Ago({ at, suffix = " ago" }: { readonly at: number | undefined; readonly suffix?: string }) {
  const now = useNow();
  if (at === undefined) return <span class="muted">never</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {span(now - at)}
      {suffix}
    </time>
  );
}

export function fullTime(at: number): string {
  return new Date(at).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "medium",
    hourCycle: "h23",
  });
}

export function clockTime(at: number): string {
  const sameDay = new Date(at).toDateString() === new Date(serverNow()).toDateString();
  const time = new Date(at).toLocaleTimeString(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  return sameDay
    ? time
    : `${new Date(at).toLocaleDateString(undefined, { month: "short", day: "numeric" })} ${time}`;
}

/** Ticks once a second, all clocks of the page together. */
export function useNow(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), second);
    return () => clearInterval(timer);
  }, []);
  return now;
}
