import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import type { RenderContext } from "../answer/directory.ts";
import { previewFiles } from "../answer/preview-files.ts";
import type { RenderedFile } from "../answer/render-file.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import { rebootSettings } from "../profiles/reboot-settings.ts";
import { type FileChange, fileChange, type FilePair, ownValues } from "./file-change.ts";

/** Everything a phone's files follow from, at one time. */
export interface PhoneState {
  readonly profiles: Profiles;
  readonly context: RenderContext;
  readonly device: Device;
  readonly site?: Site | undefined;
  readonly tenant?: PhoneSettings | undefined;
  readonly phonebook?: Phonebook | undefined;
  /** As the phone last said it. */
  readonly firmware?: string | undefined;
}

/** A phone before and after; an absent side: it is not there then. */
export interface PhoneChange {
  readonly mac: MacAddress;
  readonly before?: PhoneState | undefined;
  readonly after?: PhoneState | undefined;
}

/** Phones whose files change in the same way. */
export interface ChangeGroup {
  readonly change: "added" | "removed" | "changed";
  readonly phones: readonly MacAddress[];
  readonly models: readonly string[];
  readonly files: readonly FileChange[];
  /** Whether the phones restart; the vendor's profile does not always tell. */
  readonly reboots: "yes" | "no" | "unknown";
  /** The settings that make them. */
  readonly rebootsBy: readonly string[];
}

export interface FleetChange {
  /** Phones looked at. */
  readonly phones: number;
  /** Of which nothing would change. */
  readonly unchanged: number;
  /** Largest first. */
  readonly groups: readonly ChangeGroup[];
}

function render(state: PhoneState, secrets: "written" | "masked"): RenderedFile[] {
  const { profiles, context, device, site, tenant, phonebook, firmware } = state;
  return previewFiles(profiles, device, site, context, {
    secrets,
    ...(tenant === undefined ? {} : { tenant }),
    ...(phonebook === undefined ? {} : { phonebook }),
    ...(firmware === undefined ? {} : { firmware }),
  });
}

const sameBody = (a: RenderedFile | undefined, b: RenderedFile | undefined): boolean =>
  a !== undefined && b !== undefined && Buffer.compare(Buffer.from(a.body), Buffer.from(b.body)) === 0;

/** The files by what they are, not by their name: a new profile may name them otherwise. */
function pairsOf(state: PhoneState | undefined, written: readonly RenderedFile[]): Map<string, FilePair> {
  if (state === undefined || written.length === 0) return new Map();
  const masked = new Map(render(state, "masked").map((file) => [file.fileId, file]));
  return new Map(
    written.map((file) => [file.fileId, { written: file, masked: masked.get(file.fileId) ?? file }]),
  );
}

function filesChanged({ mac, before, after }: PhoneChange): FileChange[] {
  const [old, now] = [before, after].map((state) => (state === undefined ? [] : render(state, "written")));
  const ids = [...new Set([...(now ?? []), ...(old ?? [])].map((file) => file.fileId))];
  const byId = (files: readonly RenderedFile[] | undefined, id: string) =>
    files?.find((file) => file.fileId === id);
  const changed = ids.filter((id) => !sameBody(byId(old, id), byId(now, id)));
  // Most phones of most changes stay as they are: what is shown to eyes is rendered only for the others.
  if (changed.length === 0) return [];
  const [oldPairs, nowPairs] = [pairsOf(before, old ?? []), pairsOf(after, now ?? [])];
  const [oldOwn, nowOwn] = [ownValues(before?.device), ownValues(after?.device)];
  return changed.flatMap((id) => {
    const [was, is] = [oldPairs.get(id), nowPairs.get(id)];
    const one = was === undefined ? undefined : { pair: was, own: oldOwn };
    return fileChange(mac, one, is === undefined ? undefined : { pair: is, own: nowOwn }) ?? [];
  });
}

function rebootOf(
  change: PhoneChange,
  files: readonly FileChange[],
): Pick<ChangeGroup, "reboots" | "rebootsBy"> {
  const state = change.after;
  if (state === undefined || change.before === undefined) return { reboots: "no", rebootsBy: [] };
  const model = findModel(state.profiles, state.device.vendor, state.device.model);
  const marked = model === undefined ? new Set<string>() : rebootSettings(model);
  const rebootsBy = [...new Set(files.flatMap((file) => file.settings.filter((each) => marked.has(each))))];
  if (rebootsBy.length > 0) return { reboots: "yes", rebootsBy: rebootsBy.toSorted() };
  return { reboots: marked.size === 0 ? "unknown" : "no", rebootsBy: [] };
}

interface Gathered extends Omit<ChangeGroup, "phones" | "models"> {
  readonly phones: MacAddress[];
  readonly models: Set<string>;
}

function groupOf(
  change: PhoneChange,
  files: readonly FileChange[],
): Omit<Gathered, "phones" | "models"> | undefined {
  const isNew = change.before === undefined;
  const isGone = change.after === undefined;
  if (!isNew && !isGone && files.length === 0) return undefined;
  const kind = isNew ? "added" : isGone ? "removed" : "changed";
  // A phone that comes or goes does so with all its files: their lines tell nothing that preview does not tell.
  const shown =
    kind === "changed" ? files : files.map((file) => ({ ...file, removed: [], added: [], settings: [] }));
  return { change: kind, files: shown, ...rebootOf(change, files) };
}

/** How many phones are rendered before others get their turn. */
const atOnce = 25;

/**
 * Renders each phone as it is and as it would be, and puts together those whose files change in the same way: the lines
 * are compared with secrets and shown without, and what names one phone (its MAC, its extension) is put in braces.
 */
export async function fleetChange(
  changes: Iterable<PhoneChange>,
  onProgress: (done: number) => void = () => {},
): Promise<FleetChange> {
  const groups = new Map<string, Gathered>();
  let phones = 0;
  let unchanged = 0;
  for (const change of changes) {
    const group = groupOf(change, filesChanged(change));
    phones += 1;
    if (group === undefined) unchanged += 1;
    else put(groups, group, change);
    if (phones % atOnce > 0) continue;
    onProgress(phones);
    await setImmediate();
  }
  onProgress(phones);
  const sorted = [...groups.values()].toSorted((a, b) => b.phones.length - a.phones.length);
  return {
    phones,
    unchanged,
    groups: sorted.map((each) => ({ ...each, models: [...each.models].toSorted() })),
  };
}

function put(
  groups: Map<string, Gathered>,
  group: Omit<Gathered, "phones" | "models">,
  change: PhoneChange,
): void {
  const { vendor = "", model = "" } = (change.after ?? change.before)?.device ?? {};
  const key = createHash("sha256").update(JSON.stringify(group)).digest("base64");
  const known = groups.get(key) ?? { ...group, phones: [], models: new Set<string>() };
  known.phones.push(change.mac);
  known.models.add(`${vendor} ${model}`);
  groups.set(key, known);
}
