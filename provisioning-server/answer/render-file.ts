import type { Provenance } from "../../protocol/answer.ts";
import type { Device } from "../../protocol/device.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import { lackReason } from "../profiles/lack-reason.ts";
import type { ModelProfile } from "../profiles/profiles.ts";
import { fillShape } from "../profiles/shape.ts";
import { findSyntax } from "../profiles/syntax/list.ts";
import type { ProfileFile } from "../profiles/vendor-profile.ts";
import { deviceToken } from "./device-token.ts";
import type { RenderContext } from "./directory.ts";
import type { NextFirmware } from "./firmware-shelf.ts";
import { carriedBy } from "./map-plan.ts";
import type { MapSource } from "./map-scopes.ts";
import { type MappedPair, mapSettings } from "./map-settings.ts";
import { phonebookName } from "./phonebook-name.ts";
import type { RenderNote } from "./render-note.ts";
import { SettingTable } from "./setting-table.ts";
import { settingsIn, settingWinner, type SettingLayers } from "./settings-for.ts";

export interface RenderedFile {
  /** Name the phone asks for: `805ec0000001.cfg`. */
  readonly name: string;
  /** Entry of the family's `files`, such as `mac` or `common`. */
  readonly fileId: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Whether secrets stand in it (a device's token is one). */
  readonly secret: boolean;
  /** Not one setting is in it. */
  readonly empty: boolean;
  /** In the order of the file's lines; none where nobody asked ({@link RenderOptions.explain}). */
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
  /** Name of the site's phonebook, where it has one. */
  readonly phonebook?: string;
}

export interface RenderOptions {
  /** bootstrap: only what leads to the HTTPS door (doors without encryption). */
  readonly extent?: "full" | "bootstrap";
  /** masked: stars where a secret would stand (previews for eyes). */
  readonly secrets?: "written" | "masked";
  /** false: without provenance and notes, which no phone reads. */
  readonly explain?: boolean;
}

/** The file's name for this phone, by the first shape of the profile; undefined where the model has no code to put in. */
export function nameOfFile(
  { family, about }: ModelProfile,
  file: ProfileFile,
  device: Pick<Device, "mac"> | undefined,
): string | undefined {
  const shape = family.files.find((candidate) => candidate.file === file)?.shapes[0];
  if (shape === undefined) return undefined;
  return fillShape(shape, {
    ...(device === undefined ? {} : { mac: device.mac }),
    ...(about.fileCode === undefined ? {} : { code: about.fileCode }),
    model: about.model,
  });
}

function fileName({ model, file, device }: RenderInput): string {
  return nameOfFile(model, file, device) ?? file.path;
}

/** The phone's own folder, behind its token. */
function folderOf({ device, context }: RenderInput, secrets: RenderOptions["secrets"]): string | undefined {
  if (device === undefined) return undefined;
  const token =
    secrets === "masked" ? "****" : deviceToken(context.serverKey, device.mac, device.tokenGeneration);
  return `${context.baseUrl}/${token}/`;
}

/** What the phone wants as its address: the folder, or the one file it wants named. */
function addressIn(folder: string, input: RenderInput): string {
  const { address, files } = input.model.family.vendor;
  if (address === "folder") return folder;
  const file = files.find((candidate) => candidate.id === address.file);
  return file === undefined ? folder : `${folder}${fileName({ ...input, file })}`;
}

/** The layers that hold for a file. */
function layersOf({ model, device, site, tenant, file }: RenderInput): SettingLayers {
  const layers = { vendor: model.family.vendor.settings, model: model.about.settings, site: site?.settings };
  if (device === undefined || file.scope === "model") return layers;
  return { ...layers, tenant, device: device.settings };
}

/** The image a file names, where somebody wants a version and the catalogue has it. */
export function firmwareFor(input: RenderInput): NextFirmware | undefined {
  const { firmware: shelf } = input.context;
  const version = shelf === undefined ? undefined : settingWinner(layersOf(input), "firmware.version")?.value;
  if (typeof version !== "string" || version === "") return undefined;
  const { model, firmware: from } = input;
  return shelf?.next({ model, version, ...(from === undefined ? {} : { from }) });
}

/** A file of model scope holds what holds for all phones of the model, and at most what a site says to all of its own. */
function sourceOf(input: RenderInput, options: RenderOptions): MapSource {
  const { model, device, file } = input;
  const image = firmwareFor(input);
  const server = { server: `${input.context.baseUrl}/`, ...(image === undefined ? {} : { image }) };
  const settings = new SettingTable(layersOf(input));
  if (device === undefined || file.scope === "model") return { model, ...server, settings };
  const folder = folderOf(input, options.secrets);
  if (folder === undefined) return { model, device, ...server, settings };
  const { phonebook } = input;
  const hasBook = phonebook !== undefined && model.family.vendor.phonebook !== undefined;
  return {
    model,
    device,
    ...server,
    settings,
    folder,
    address: addressIn(folder, input),
    ...(hasBook ? { phonebooks: [{ name: phonebook, url: `${folder}${phonebookName}` }] } : {}),
  };
}

/** Only the first file of one's own settings (a manifest has none) carries raw keys and tells what the family lacks. */
function isMain({ model, file }: RenderInput): boolean {
  const own = model.family.vendor.files.filter((one) => one.scope === "device" && one.carries !== undefined);
  return (own.find((one) => one.carries?.includes("device")) ?? own[0]) === file;
}

/** Raw keys stand last and push out the mapped ones of the same name, so that none is written twice. */
function withRaw(pairs: readonly MappedPair[], raw: Readonly<Record<string, string>>): MappedPair[] {
  const entries = Object.entries(raw);
  if (entries.length === 0) return [...pairs]; // nearly every phone, and hundreds of pairs to look up for nothing
  const own = entries.map(([key, value]): MappedPair => ({
    pair: { key, value },
    setting: "raw",
    layer: "device",
    losers: pairs
      .filter((mapped) => mapped.pair.key === key)
      .map((mapped) => ({ layer: mapped.layer, value: mapped.secret ? "****" : mapped.pair.value })),
    // Nobody tells us what a raw key means: names that sound like a secret are held for one.
    secret: /pass|pwd|secret|token|hash/i.test(key),
  }));
  return [...pairs.filter((mapped) => !Object.hasOwn(raw, mapped.pair.key)), ...own];
}

/** Settings of people that no key of the family, or none of this model with this firmware, carries. */
function unmapped(input: RenderInput): RenderNote[] {
  const { model, device, site, tenant, firmware } = input;
  const { carried, map, vendor } = model.family;
  const here = carriedBy(model, firmware);
  const paths = new Set([
    ...settingsIn(tenant),
    ...settingsIn(site?.settings),
    ...settingsIn(device?.settings),
    ...(device?.lines ?? []).flatMap((line) => settingsIn(line.settings, "line")),
  ]);
  const on = firmware === undefined ? model.about.model : `${model.about.model} with firmware ${firmware}`;
  const why = (path: string) => {
    const reason = lackReason(map, path);
    if (reason !== undefined) return reason;
    return `${carried.has(path) ? on : vendor.name} has no key for it that we know`;
  };
  const image = firmwareFor(input);
  // Where no key says a version, the image's address does.
  if (image?.kind === "image" && here.has("firmware.url")) paths.delete("firmware.version");
  const held: RenderNote[] =
    image?.kind === "held"
      ? [{ kind: "refused", setting: "firmware.version", sentence: `firmware.version: ${image.reason}` }]
      : [];
  const lacking = [...paths]
    .filter((path) => !here.has(path))
    .map((setting): RenderNote => ({ kind: "lacking", setting, sentence: `${setting}: ${why(setting)}` }));
  return [...held, ...lacking];
}

function masked(pairs: readonly MappedPair[]): readonly MappedPair[] {
  return pairs.map((mapped) =>
    // The address holds its mask already, where its token would stand.
    mapped.secret && mapped.setting !== "provisioning.url"
      ? { ...mapped, pair: { ...mapped.pair, value: "****" } }
      : mapped,
  );
}

function provenanceOf(mapped: MappedPair, line: number): Provenance {
  const { pair, setting, layer, losers, why } = mapped;
  return { key: pair.key, line, setting, layer, losers, ...(why === undefined ? {} : { why }) };
}

/**
 * Renders one file. Deterministic: same input, same bytes.
 * @throws Error for a syntax that loadProfiles would have refused.
 */
export function renderFile(input: RenderInput, options: RenderOptions = {}): RenderedFile {
  const { model, file, device, context, firmware = model.about.lastFirmware } = input;
  const { vendor } = model.family;
  const full = options.extent !== "bootstrap";
  const mapping = mapSettings(sourceOf(input, options), {
    parts: file.carries ?? [],
    at: context.at,
    bootstrap: !full,
    withoutSecrets: file.scope !== "device",
    ...(firmware === undefined ? {} : { firmware }),
  });
  const main = full && isMain(input);
  const mapped = main ? withRaw(mapping.pairs, device?.raw ?? {}) : mapping.pairs;
  const choice = file.syntax ?? vendor.syntax;
  const syntax = findSyntax(choice.name);
  if (syntax === undefined) throw new Error(`no syntax ${choice.name} for ${vendor.name}`);
  const shown = options.secrets === "masked" ? masked(mapped) : mapped;
  const written = syntax.write(
    shown.map(({ pair }) => pair),
    choice.options ?? {},
  );
  const refused = new Map(written.refused.map(({ index, limit }) => [index, limit]));
  const rendered = {
    name: fileName(input),
    fileId: file.id,
    contentType: file.contentType ?? vendor.contentType,
    body: Buffer.from(written.body, "utf8"),
    secret: mapped.some((pair) => pair.secret),
    empty: shown.length === refused.size,
  };
  if (options.explain === false) return { ...rendered, provenance: [], notes: [] };
  return {
    ...rendered,
    provenance: shown
      .map((pair, index) => provenanceOf(pair, written.lines[index] ?? 0))
      .filter((_, index) => !refused.has(index))
      .toSorted((a, b) => a.line - b.line),
    notes: [
      ...mapping.notes,
      ...[...refused].flatMap(([index, limit]) => refusalNote(shown[index], limit, vendor.name)),
      ...(main ? unmapped({ ...input, ...(firmware === undefined ? {} : { firmware }) }) : []),
    ],
  };
}

function refusalNote(mapped: MappedPair | undefined, limit: string, vendor: string): RenderNote[] {
  if (mapped === undefined) return [];
  const { setting, line, secret, pair } = mapped;
  const found = secret ? "" : `, not ${JSON.stringify(pair.value.slice(0, 60))}`;
  return [
    {
      kind: "refused",
      setting,
      ...(line === undefined || !setting.startsWith("line.") ? {} : { line }),
      sentence: `${setting} (${pair.key}): ${vendor} takes ${limit}${found}`,
    },
  ];
}
