import type { Device } from "../../protocol/device.ts";
import type { RenderedFile } from "../answer/render-file.ts";
import { leavesOfDevice } from "./leaves.ts";

/** What is another in one file of a phone, in words that are the same for every phone with the same change. */
export interface FileChange {
  /** Its name, the phone's own address as `{mac}`. */
  readonly name: string;
  readonly change: "new" | "gone" | "changed";
  /** Lines that go and lines that come, secrets as stars, the phone's own names and numbers as `{line1.user}`. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** Settings whose lines changed. */
  readonly settings: readonly string[];
}

/** A file rendered for the phone, and the same with stars for secrets. */
export interface FilePair {
  readonly written: RenderedFile;
  readonly masked: RenderedFile;
}

interface Line {
  /** The exact text: only compared, never shown. */
  readonly text: string;
  readonly shown: string;
  readonly settings: readonly string[];
}

/** What names one phone among others: its lines differ from phone to phone, and the change is the same all the same. */
const ownSettings = /^line\d+\.(user|authUser|displayName|label|voicemail\.number)$/;

interface OwnValue {
  readonly value: string;
  readonly name: string;
}

/** The phone's own names and numbers, the longest first, so that 2011 is not taken for 201 and a 1. */
export function ownValues(device: Device | undefined): OwnValue[] {
  if (device === undefined) return [];
  return [...leavesOfDevice(device)]
    .flatMap(([path, value]) =>
      ownSettings.test(path) && typeof value === "string" && value !== ""
        ? [{ value, name: `{${path}}` }]
        : [],
    )
    .toSorted((a, b) => b.value.length - a.value.length);
}

function withoutMac(text: string, mac: string): string {
  const pairs = mac.match(/../g) ?? [];
  let changed = text;
  for (const form of [mac, pairs.join(":"), pairs.join("-")])
    changed = changed.replaceAll(form, "{mac}").replaceAll(form.toUpperCase(), "{MAC}");
  return changed;
}

const linesOf = (file: RenderedFile): string[] => Buffer.from(file.body).toString("utf8").split(/\r?\n/);

function readLines({ written, masked }: FilePair, mac: string, own: readonly OwnValue[]): Line[] {
  const texts = linesOf(written);
  const shown = linesOf(masked);
  const settings = new Map<number, string[]>();
  for (const { line, setting } of written.provenance)
    settings.set(line, [...(settings.get(line) ?? []), setting]);
  // Stars stand where secrets did, line for line; a syntax that breaks this shows nothing of a secret file.
  const fits = texts.length === shown.length;
  return texts.map((text, index) => {
    const here = settings.get(index + 1) ?? [];
    const plain = fits ? (shown[index] ?? "") : written.secret ? "(not shown: it may hold secrets)" : text;
    const isOwn = here.some((setting) => setting.startsWith("line."));
    const named = isOwn ? own.reduce((line, { value, name }) => line.replaceAll(value, name), plain) : plain;
    return { text, shown: withoutMac(named, mac), settings: here };
  });
}

/** Lines of `one` that `other` has not, as often as it lacks them. */
function lacking(one: readonly Line[], other: readonly Line[]): Line[] {
  const counts = new Map<string, number>();
  for (const { text } of other) counts.set(text, (counts.get(text) ?? 0) + 1);
  return one.filter(({ text }) => {
    const count = counts.get(text) ?? 0;
    counts.set(text, count - 1);
    return count <= 0;
  });
}

/** What differs in a file; undefined where nothing does. */
export function fileChange(
  mac: string,
  before: { readonly pair: FilePair; readonly own: readonly OwnValue[] } | undefined,
  after: { readonly pair: FilePair; readonly own: readonly OwnValue[] } | undefined,
): FileChange | undefined {
  const name = withoutMac((after ?? before)?.pair.written.name ?? "", mac);
  const old = before === undefined ? [] : readLines(before.pair, mac, before.own);
  const now = after === undefined ? [] : readLines(after.pair, mac, after.own);
  const removed = lacking(old, now);
  const added = lacking(now, old);
  const settings = [...new Set([...removed, ...added].flatMap((line) => line.settings))].toSorted();
  const change = before === undefined ? "new" : after === undefined ? "gone" : "changed";
  if (change === "changed" && removed.length + added.length === 0)
    return isSameBody(before, after)
      ? undefined
      : { name, change, removed: [], added: ["(the same lines in another order)"], settings: [] };
  return {
    name,
    change,
    removed: removed.map(({ shown }) => shown),
    added: added.map(({ shown }) => shown),
    settings,
  };
}

function isSameBody(
  a: { readonly pair: FilePair } | undefined,
  b: { readonly pair: FilePair } | undefined,
): boolean {
  return (
    Buffer.compare(Buffer.from(a?.pair.written.body ?? []), Buffer.from(b?.pair.written.body ?? [])) === 0
  );
}
