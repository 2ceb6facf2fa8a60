import type { MacAddress } from "../../protocol/mac-address.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { RenderContext } from "../answer/directory.ts";
import { done, refused, type Flaw, type Verb } from "../inventory/flaw.ts";
import type { Profiles } from "../profiles/profiles.ts";
import { type ChangeEntry, type ChangeSet, ChangeSets } from "../store/change-sets.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { ServedFiles } from "../store/served-files.ts";
import { type Author, ChangeLog, newChangeId } from "./change-log.ts";
import { type ChangeView, type EntryView, viewEntry } from "./change-view.ts";
import { fleetChange, type FleetChange } from "./fleet-change.ts";
import { keepersOf } from "./keepers.ts";
import { inOrder, move, reversed } from "./move.ts";
import { phoneChanges, readFleet, stateOf } from "./phone-changes.ts";
import { type ServedDifference, servedDifferences } from "./since-served.ts";

export interface ChangesOptions {
  readonly store: StoreHandle;
  readonly sealing: Sealing;
  readonly tenant: string;
  readonly profiles: () => Promise<Profiles>;
  readonly context: () => Promise<Omit<RenderContext, "at">>;
  readonly tenantSettings: () => Promise<PhoneSettings | undefined>;
}

/** What would happen: to phones, sites and tenant, and to the files of phones. */
export interface ChangePreview {
  readonly entries: readonly EntryView[];
  readonly fleet: FleetChange;
}

type Progress = (done: number) => void;

class RolledBack extends Error {}

/** The changes of one tenant: what was changed by whom, what a change would do, and how it is taken back. */
export class Changes {
  readonly #options: ChangesOptions;

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  /** Newest first; before a change, where one is given. */
  list(limit = 50, before?: string): Promise<(ChangeSet & { entries: number })[]> {
    return this.#sets().list(this.#options.tenant, limit, before);
  }

  /** One change with all that it did; secrets are dots. An id may be cut short, as long as it names one. */
  async show(id: string): Promise<Verb<ChangeView>> {
    const set = await this.#find(id);
    if (!set.ok) return set;
    const entries = await this.#sets().entries(this.#options.tenant, set.value.id);
    return done({ ...set.value, entries: entries.map((entry) => viewEntry(entry)) });
  }

  /**
   * Does `work` on a store that forgets it again, and returns what it wrote down as the change of the given id. Not inside
   * of another transaction: that one would have to be forgotten as well.
   */
  async rehearse<T>(
    work: (inside: StoreHandle, id: string) => Promise<T>,
  ): Promise<{ readonly value: T; readonly entries: readonly ChangeEntry[] }> {
    const { store, sealing, tenant } = this.#options;
    const set = newChangeId(store.now());
    let seen: { readonly value: T; readonly entries: readonly ChangeEntry[] } | undefined;
    try {
      await store.transaction(async (inside) => {
        const value = await work(inside, set);
        seen = { value, entries: await new ChangeSets(inside, sealing).entries(tenant, set) };
        throw new RolledBack();
      });
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error;
    }
    if (seen === undefined) throw new Error("a rehearsal ended without its work");
    return seen;
  }

  /** What changes do to the files of phones: rendered before and after, phones with the same change together. */
  async preview(entries: readonly ChangeEntry[], onProgress?: Progress): Promise<ChangePreview> {
    const fleet = await this.#fleet();
    const changes = await fleetChange(phoneChanges(fleet, entries), onProgress);
    return { entries: entries.map((entry) => viewEntry(entry)), fleet: changes };
  }

  /** What a stored change does or did: a planned one against now; one that was applied, taken back or not, as it was. */
  async previewOf(id: string, onProgress?: Progress): Promise<Verb<ChangePreview>> {
    const set = await this.#find(id);
    if (!set.ok) return set;
    const entries = await this.#sets().entries(this.#options.tenant, set.value.id);
    return done(await this.preview(entries, onProgress));
  }

  /** Keeps a change for later; `apply` makes it. */
  async plan(author: Author, entries: readonly ChangeEntry[]): Promise<ChangeSet> {
    const { store, sealing, tenant } = this.#options;
    return store.transaction(async (inside) => {
      const at = inside.now();
      const set: ChangeSet = { id: newChangeId(at), at, state: "planned", ...author };
      const sets = new ChangeSets(inside, sealing);
      await sets.put(tenant, set);
      for (const entry of entries) await sets.putEntry(tenant, set.id, entry);
      return set;
    });
  }

  /**
   * Makes a planned change, or one that was taken back. Refused with each setting that is no longer as the change found
   * it, unless `force`.
   */
  async apply(id: string, force = false): Promise<Verb<ChangeSet>> {
    return this.#change(id, async (inside, set) => {
      if (set.state === "applied") return refused(wrongState(set, "planned or undone"));
      const { undoneBy: _before, ...rest } = set;
      const { tenant, sealing } = this.#options;
      const moved = await this.#moveAll(inside, await this.#sets(inside).entries(tenant, set.id), force);
      if (!moved.ok) return moved;
      const sets = new ChangeSets(inside, sealing);
      // What it really changed is what taking it back must restore.
      for (const entry of moved.value) await sets.putEntry(tenant, set.id, entry);
      const applied: ChangeSet = { ...rest, state: "applied", appliedAt: inside.now() };
      await sets.put(tenant, applied);
      return done(applied);
    });
  }

  /**
   * Takes a change back: every setting it touched is as it was before; what others changed since stays. Refused with each
   * setting that was changed again since, unless `force`. It is a change of its own, which can be taken back as well.
   */
  async undo(id: string, author: Author, force = false): Promise<Verb<ChangeSet>> {
    return this.#change(id, async (inside, set) => {
      if (set.state !== "applied") return refused(wrongState(set, "applied"));
      const { tenant, sealing } = this.#options;
      const entries = await this.#sets(inside).entries(tenant, set.id);
      const moved = await this.#moveAll(
        inside,
        entries.map((entry) => reversed(entry)),
        force,
      );
      if (!moved.ok) return moved;
      const undo = newChangeId(inside.now());
      const reason = author.reason ?? `undo of ${set.id}${set.reason === undefined ? "" : `: ${set.reason}`}`;
      const log = new ChangeLog({
        sealing,
        tenant,
        author: { ...author, reason },
        set: undo,
        undoes: set.id,
      });
      await log.record(inside, moved.value);
      const undone: ChangeSet = { ...set, state: "undone", undoneBy: undo };
      await new ChangeSets(inside, sealing).put(tenant, undone);
      return done((await this.#sets(inside).get(tenant, undo)) ?? undone);
    });
  }

  /** Every phone's files with other profiles than those in use: what an upgrade would change. */
  async compareProfiles(before: Profiles, after: Profiles, onProgress?: Progress): Promise<FleetChange> {
    const fleet = await this.#fleet();
    const states = [...fleet.devices.values()].map((device) => ({
      mac: device.mac,
      before: stateOf(fleet, device, before),
      after: stateOf(fleet, device, after),
    }));
    return fleetChange(states, onProgress);
  }

  /** What differs between what a phone would get now and what it last fetched; secrets are dots. */
  async sinceServed(mac: MacAddress): Promise<Verb<readonly ServedDifference[]>> {
    const { store, sealing, tenant } = this.#options;
    const fleet = await this.#fleet();
    const device = fleet.devices.get(mac);
    const served = await new ServedFiles(store, sealing).ofPhone(tenant, mac);
    if (device === undefined || served.length === 0)
      return refused({
        place: "last served",
        expected: "a config that the phone has fetched",
        found: "none",
        remedy: `\`offhook phone trace ${mac}\` tells what it asked; \`--against FILE\` compares with a file.`,
      });
    return done(servedDifferences(stateOf(fleet, device), served));
  }

  #sets(store = this.#options.store): ChangeSets {
    return new ChangeSets(store, this.#options.sealing);
  }

  async #fleet() {
    const { store, sealing, tenant, profiles, context, tenantSettings } = this.#options;
    const settings = await tenantSettings();
    const at = { ...(await context()), at: store.now() };
    return readFleet({ store, sealing, tenant, settings, profiles: await profiles(), context: at });
  }

  async #find(id: string, store = this.#options.store): Promise<Verb<ChangeSet>> {
    const { tenant } = this.#options;
    const sets = this.#sets(store);
    const isId = /^[0-9a-f-]{4,36}$/.test(id);
    const names = isId ? await sets.named(tenant, id) : [];
    const set = names.length === 1 ? await sets.get(tenant, names[0] ?? "") : undefined;
    if (set !== undefined) return done(set);
    const found = names.length > 1 ? `${id}, which is the beginning or end of several` : id;
    return refused({
      kind: "unknown",
      place: "change",
      expected: "the id of a change",
      found,
      remedy: "`offhook change list` tells them.",
    });
  }

  #change<T>(id: string, work: (inside: StoreHandle, set: ChangeSet) => Promise<Verb<T>>): Promise<Verb<T>> {
    return undoWhenRefused(this.#options.store, async (inside) => {
      const set = await this.#find(id, inside);
      return set.ok ? work(inside, set.value) : set;
    });
  }

  async #moveAll(
    inside: StoreHandle,
    entries: readonly ChangeEntry[],
    force: boolean,
  ): Promise<Verb<ChangeEntry[]>> {
    const keepers = keepersOf(this.#options.sealing, this.#options.tenant);
    const flaws: Flaw[] = [];
    const moved: ChangeEntry[] = [];
    for (const entry of inOrder(entries)) {
      const result = await move(inside, keepers[entry.holder], entry, force);
      if (!result.ok) flaws.push(...result.flaws);
      else if (result.value !== undefined) moved.push(result.value);
    }
    return flaws.length > 0 ? refused(...flaws) : done(moved);
  }
}

function wrongState(set: ChangeSet, expected: string): Flaw {
  return { place: `change ${set.id}`, expected, found: set.state };
}

class Refused<T> extends Error {
  readonly verb: Verb<T>;

  constructor(verb: Verb<T>) {
    super("refused");
    this.verb = verb;
  }
}

/** A refusal half way through leaves nothing behind. */
async function undoWhenRefused<T>(
  store: StoreHandle,
  work: (inside: StoreHandle) => Promise<Verb<T>>,
): Promise<Verb<T>> {
  try {
    return await store.transaction(async (inside) => {
      const result = await work(inside);
      if (!result.ok) throw new Refused(result);
      return result;
    });
  } catch (error) {
    if (error instanceof Refused) return error.verb as Verb<T>;
    throw error;
  }
}
