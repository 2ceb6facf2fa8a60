import { useEffect, useState } from "preact/hooks";
import type { ListDelta, OverviewDelta } from "../../live-feed.ts";
import type { Overview } from "../../overview.ts";

/** What the page knows of now. */
export interface Live {
  readonly overview: Overview | undefined;
  /** When the server last said anything, by this machine's clock. */
  readonly heardAt: number | undefined;
  /** Server's clock less ours, ms: ages are told by the server's. */
  readonly ahead: number;
}

interface Message {
  readonly event: string;
  readonly data: string;
}

let live: Live = { overview: undefined, heardAt: undefined, ahead: 0 };
const listeners = new Set<(live: Live) => void>();
const tabs = new BroadcastChannel("offhook-live");

export function useLive(): Live {
  const [state, setState] = useState(live);
  useEffect(() => {
    setState(live);
    listeners.add(setState);
    return () => void listeners.delete(setState);
  }, []);
  return state;
}

/** The server's clock as we know it. */
export function serverNow(): number {
  return Date.now() + live.ahead;
}

/**
 * Keeps `useLive` fresh. One tab holds the stream for all tabs of this browser and passes on what it hears; when it is
 * closed, the lock goes to the next.
 */
export async function startLive(): Promise<void> {
  tabs.addEventListener("message", (event: MessageEvent<Message>) => take(event.data));
  void navigator.locks.request("offhook-live", openStream);
  const reply = await fetch("/api/v1/overview");
  if (reply.status === 401) return location.assign("/sign-in");
  // A stream that has spoken meanwhile knows better.
  if (reply.ok && live.overview === undefined) take({ event: "reset", data: await reply.text() });
}

function openStream(): Promise<never> {
  const stream = new EventSource("/api/v1/live");
  for (const event of ["reset", "delta", "beat"])
    stream.addEventListener(event, (message: MessageEvent<string>) => {
      const heard = { event, data: message.data };
      tabs.postMessage(heard);
      take(heard);
    });
  stream.addEventListener("error", () => {
    // The browser tries again by itself, except after a refusal: then the session is over.
    if (stream.readyState === EventSource.CLOSED) void askAgain();
  });
  return new Promise<never>(() => {});
}

async function askAgain(): Promise<void> {
  const reply = await fetch("/api/v1/me").catch(() => undefined);
  if (reply?.status === 401) location.assign("/sign-in");
  else setTimeout(() => location.reload(), 5000);
}

function take({ event, data }: Message): void {
  const heardAt = Date.now();
  if (event === "beat") live = { ...live, heardAt, ahead: Number(data) - heardAt };
  else if (event === "reset") live = { ...live, heardAt, overview: JSON.parse(data) as Overview };
  else if (live.overview !== undefined)
    live = { ...live, heardAt, overview: applied(live.overview, JSON.parse(data) as OverviewDelta) };
  for (const listener of listeners) listener(live);
}

function applied(overview: Overview, delta: OverviewDelta): Overview {
  return {
    incidents: withDelta(overview.incidents, delta.incidents),
    sites: withDelta(overview.sites, delta.sites),
    agents: withDelta(overview.agents, delta.agents),
  };
}

function withDelta<Row extends { readonly id: string }>(
  rows: readonly Row[],
  delta: ListDelta<Row> | undefined,
): readonly Row[] {
  if (delta === undefined) return rows;
  const byId = new Map([...rows, ...delta.put].map((row) => [row.id, row]));
  return delta.order.flatMap((id) => byId.get(id) ?? []);
}
