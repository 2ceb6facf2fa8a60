import type { Provenance } from "../../protocol/answer.ts";
import type { Device } from "../../protocol/device.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import type { ModelProfile } from "../profiles/profiles.ts";
import type { ProfileFile } from "../profiles/vendor-profile.ts";
import type { RenderContext } from "./directory.ts";

/** Something a person should know about a rendered file; never holds a secret value. */
export interface RenderNote {
  readonly kind: "lacking" | "refused" | "coarser";
  readonly setting: string;
  /** 1-based account, where the note is about one. */
  readonly line?: number;
  readonly sentence: string;
}

export interface RenderedFile {
  /** Name the phone asks for: `805ec0000001.cfg`. */
  readonly name: string;
  /** Entry of the family's `files`, such as `mac` or `common`. */
  readonly fileId: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Whether secrets stand in it. */
  readonly secret: boolean;
  readonly provenance: readonly Provenance[];
  readonly notes: readonly RenderNote[];
}

/** Whose file: with a device it is rendered for it; without, for the model alone (nothing of anybody). */
export interface RenderInput {
  readonly model: ModelProfile;
  readonly file: ProfileFile;
  readonly context: RenderContext;
  readonly device?: Device;
  readonly site?: Site;
  readonly tenant?: PhoneSettings;
  /** As the phone says it in its agent; absent: the newest. */
  readonly firmware?: string;
}

export interface RenderOptions {
  /** bootstrap: only what leads to the HTTPS door (doors without encryption). */
  readonly extent?: "full" | "bootstrap";
  /** masked: stars where a secret would stand (previews for eyes). */
  readonly secrets?: "written" | "masked";
}

/** Renders one file. Deterministic: same input, same bytes. */
export function renderFile(_input: RenderInput, _options: RenderOptions = {}): RenderedFile {
  throw new Error("renderFile is not built yet");
}
