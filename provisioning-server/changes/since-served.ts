import type { Door } from "../../protocol/phone-request.ts";
import { previewFiles } from "../answer/preview-files.ts";
import type { RenderedFile } from "../answer/render-file.ts";
import { type ConfigDifference, diffFile } from "../profile-read/diff-config.ts";
import type { ServedFile } from "../store/served-files.ts";
import type { PhoneState } from "./fleet-change.ts";

/** One file as the phone last got it, and what it would get of it now. */
export interface ServedDifference {
  readonly name: string;
  readonly door: Door;
  /** When it got this content first, ms. */
  readonly at: number;
  readonly state: "same" | "changed" | "gone";
  /** Setting by setting, `ours` now and `theirs` as served; empty where the file's language says no more than that it is another. */
  readonly settings: readonly ConfigDifference[];
}

/** A door without encryption carries only the way to the other, unless the site says otherwise. */
function extentOf(door: Door, state: PhoneState): "full" | "bootstrap" {
  const clear = door === "tftp" || door === "http";
  return clear && state.site?.clearDoors !== "full" ? "bootstrap" : "full";
}

function render(state: PhoneState, door: Door): RenderedFile[] {
  const { profiles, context, device, site, tenant, phonebook, firmware } = state;
  return previewFiles(profiles, device, site, context, {
    extent: extentOf(door, state),
    secrets: "written",
    ...(tenant === undefined ? {} : { tenant }),
    ...(phonebook === undefined ? {} : { phonebook }),
    ...(firmware === undefined ? {} : { firmware }),
  });
}

/** What a phone would get now, beside what it was last served, file by file. */
export function servedDifferences(state: PhoneState, served: readonly ServedFile[]): ServedDifference[] {
  return served.map(({ name, door, at, body }) => {
    const now = render(state, door).find((file) => file.name.toLowerCase() === name.toLowerCase());
    const told = { name, door, at };
    if (now === undefined) return { ...told, state: "gone", settings: [] };
    if (Buffer.compare(Buffer.from(now.body), Buffer.from(body)) === 0)
      return { ...told, state: "same", settings: [] };
    const text = Buffer.from(body).toString("utf8");
    const differences = diffFile(state.profiles, state.device, now, text);
    return { ...told, state: "changed", settings: differences.ok ? differences.value : [] };
  });
}
