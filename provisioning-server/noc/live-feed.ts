import type { Overview } from "./overview.ts";

/** What changed in one list: rows as they are now, and ids that are gone. `order` is the ids from the top. */
export interface ListDelta<Row> {
  readonly put: readonly Row[];
  readonly order: readonly string[];
}

export interface OverviewDelta {
  readonly incidents?: ListDelta<Overview["incidents"][number]>;
  readonly sites?: ListDelta<Overview["sites"][number]>;
  readonly agents?: ListDelta<Overview["agents"][number]>;
}

/** One message of the stream; `reset` carries the whole overview. */
export interface LiveMessage {
  readonly id: string;
  readonly event: "reset" | "delta";
  readonly data: string;
}

export interface LiveFeedParts {
  readonly read: (tenant: string) => Promise<Overview>;
  /** At most one delta per this time, ms. */
  readonly coalesce: number;
  /** Looks by itself this often, for what nobody announces (an agent gone silent), ms. */
  readonly refresh: number;
  readonly onError: (error: unknown) => void;
}

interface Channel {
  overview: Overview | undefined;
  readonly kept: LiveMessage[];
  readonly listeners: Set<(message: LiveMessage) => void>;
  timer: NodeJS.Timeout | undefined;
  refreshing: Promise<void> | undefined;
  dirty: boolean;
}

const keptMessages = 300;

/**
 * Tells browsers what changed: `touch()` says that something did, and at most once per `coalesce` the overview is read,
 * compared row by row, and the difference sent. Works only while someone listens.
 */
export class LiveFeed {
  readonly #parts: LiveFeedParts;
  readonly #channels = new Map<string, Channel>();
  /** Ids of another run of the server mean nothing here, so they carry the run. */
  readonly #run: string;
  #sent = 0;
  #closed = false;

  constructor(parts: LiveFeedParts, run: string) {
    this.#parts = parts;
    this.#run = run;
  }

  /** Something of this tenant changed; without a tenant, something of any. */
  touch(tenant?: string): void {
    const channels = tenant === undefined ? [...this.#channels.keys()] : [tenant];
    for (const name of channels) this.#schedule(name, this.#parts.coalesce);
  }

  /** What a browser missed since `lastId`, or the whole when that can no longer be told; then all that comes. */
  async listen(
    tenant: string,
    lastId: string | undefined,
    tell: (message: LiveMessage) => void,
  ): Promise<() => void> {
    const channel = this.#channel(tenant);
    let ready = false;
    // Joins before the first read, so that the channel is not given up meanwhile; speaks after it.
    const listener = (message: LiveMessage): void => {
      if (ready) tell(message);
    };
    const leave = (): void => this.#leave(tenant, channel, listener);
    channel.listeners.add(listener);
    await this.#refresh(tenant, channel).catch((error: unknown) => {
      leave();
      throw error;
    });
    const at = channel.kept.findIndex((message) => message.id === lastId);
    const missed = at === -1 ? [this.#reset(channel)] : channel.kept.slice(at + 1);
    for (const message of missed) tell(message);
    ready = true;
    this.#schedule(tenant, this.#parts.refresh);
    return leave;
  }

  /** No more messages; listeners are forgotten. */
  close(): void {
    this.#closed = true;
    for (const channel of this.#channels.values()) clearTimeout(channel.timer);
    this.#channels.clear();
  }

  listeners(): number {
    return [...this.#channels.values()].reduce((sum, channel) => sum + channel.listeners.size, 0);
  }

  #channel(tenant: string): Channel {
    const known = this.#channels.get(tenant);
    if (known !== undefined) return known;
    const channel: Channel = {
      overview: undefined,
      kept: [],
      listeners: new Set(),
      timer: undefined,
      refreshing: undefined,
      dirty: false,
    };
    this.#channels.set(tenant, channel);
    return channel;
  }

  #leave(tenant: string, channel: Channel, tell: (message: LiveMessage) => void): void {
    channel.listeners.delete(tell);
    if (channel.listeners.size > 0) return;
    clearTimeout(channel.timer);
    // Without listeners nothing is compared, so what is kept would have a hole.
    this.#channels.delete(tenant);
  }

  /** A touch brings the next look nearer; it never puts it off. */
  #schedule(tenant: string, inMs: number): void {
    const channel = this.#channels.get(tenant);
    if (channel === undefined || this.#closed || channel.listeners.size === 0) return;
    const soon = inMs === this.#parts.coalesce;
    if (channel.timer !== undefined && (!soon || channel.dirty)) return;
    clearTimeout(channel.timer);
    channel.dirty = soon;
    channel.timer = setTimeout(() => void this.#due(tenant, channel), inMs);
  }

  async #due(tenant: string, channel: Channel): Promise<void> {
    channel.timer = undefined;
    channel.dirty = false;
    await this.#refresh(tenant, channel).catch(this.#parts.onError);
    this.#schedule(tenant, this.#parts.refresh);
  }

  #refresh(tenant: string, channel: Channel): Promise<void> {
    channel.refreshing ??= this.#compare(tenant, channel).finally(() => {
      channel.refreshing = undefined;
    });
    return channel.refreshing;
  }

  async #compare(tenant: string, channel: Channel): Promise<void> {
    const before = channel.overview;
    const after = await this.#parts.read(tenant);
    channel.overview = after;
    const delta = before === undefined ? undefined : overviewDelta(before, after);
    if (delta === undefined) return;
    const message = this.#message("delta", delta);
    channel.kept.push(message);
    if (channel.kept.length > keptMessages) channel.kept.shift();
    for (const tell of channel.listeners) tell(message);
  }

  #reset(channel: Channel): LiveMessage {
    // The id of the newest delta: what follows it is what this browser misses next.
    const newest = channel.kept.at(-1)?.id;
    return { ...this.#message("reset", channel.overview), ...(newest === undefined ? {} : { id: newest }) };
  }

  #message(event: LiveMessage["event"], data: unknown): LiveMessage {
    this.#sent += 1;
    return { id: `${this.#run}-${this.#sent}`, event, data: JSON.stringify(data) };
  }
}

/** Undefined when nothing changed. */
export function overviewDelta(before: Overview, after: Overview): OverviewDelta | undefined {
  const incidents = listDelta(before.incidents, after.incidents);
  const sites = listDelta(before.sites, after.sites);
  const agents = listDelta(before.agents, after.agents);
  if (incidents === undefined && sites === undefined && agents === undefined) return undefined;
  return {
    ...(incidents === undefined ? {} : { incidents }),
    ...(sites === undefined ? {} : { sites }),
    ...(agents === undefined ? {} : { agents }),
  };
}

function listDelta<Row extends { readonly id: string }>(
  before: readonly Row[],
  after: readonly Row[],
): ListDelta<Row> | undefined {
  const texts = new Map(before.map((row) => [row.id, JSON.stringify(row)]));
  const put = after.filter((row) => texts.get(row.id) !== JSON.stringify(row));
  const order = after.map((row) => row.id);
  const sameOrder = order.length === before.length && order.every((id, at) => id === before[at]?.id);
  return put.length === 0 && sameOrder ? undefined : { put, order };
}
