import { Check } from "typebox/value";
import { carriedPaths } from "./carried-paths.ts";
import { checkGroups, checkLacks } from "./check-map.ts";
import { findPhonebookFormat } from "./phonebooks/list.ts";
import type { PhoneModel } from "./phone-model.ts";
import type { ProfileProblem } from "./profile-problem.ts";
import type { Family, ModelProfile } from "./profiles.ts";
import type { MapEntry, MapGroup, SettingsMap } from "./settings-map.ts";
import { matchShape, parseShape, plainCode, type Shape } from "./shape.ts";
import { findSyntax } from "./syntax/list.ts";
import type { VendorProfile } from "./vendor-profile.ts";

/** A folder's files, each of the right form. */
export interface FamilyFiles {
  readonly id: string;
  readonly vendor: VendorProfile;
  readonly map: SettingsMap;
  readonly models: readonly { readonly file: string; readonly model: PhoneModel }[];
}

type Report = (path: string, expected: string, found: string) => void;

function shapeOf(text: string, path: string, report: Report): Shape[] {
  const shape = parseShape(text);
  if (!("wrong" in shape)) return [shape];
  report(path, shape.wrong, text);
  return [];
}

/** The family's map as it holds for one model. */
function groupsOf(map: SettingsMap, model: PhoneModel, report: Report): readonly MapGroup[] {
  const { adds = [] } = model;
  if (model.differences === undefined) return adds.length === 0 ? map.groups : [...map.groups, ...adds];
  const differences = new Map(model.differences.map((difference) => [difference.key, difference]));
  const met = new Set<string>();
  const groups = map.groups.map((group) => ({
    ...group,
    entries: group.entries.flatMap((entry) => {
      const difference = typeof entry.key === "string" ? differences.get(entry.key) : undefined;
      if (difference === undefined) return [entry];
      met.add(difference.key);
      return difference.omit ? [] : [{ ...(difference.use ?? entry), why: difference.why }];
    }),
  }));
  for (const key of differences.keys())
    if (!met.has(key)) report("/differences", "a key of the family's map", key);
  return [...groups, ...adds];
}

function checkVendor(vendor: VendorProfile, map: SettingsMap, report: Report): void {
  for (const { name, options = {} } of [
    vendor.syntax,
    ...vendor.files.flatMap((file) => file.syntax ?? []),
  ]) {
    const syntax = findSyntax(name);
    if (syntax === undefined) report("/syntax", "a name of profiles/syntax/list.ts", name);
    else if (!Check(syntax.options, options))
      report("/syntax/options", `options of ${name}`, JSON.stringify(options));
  }
  if (vendor.phonebook !== undefined && findPhonebookFormat(vendor.phonebook) === undefined)
    report("/phonebook", "a name of profiles/phonebooks/list.ts", vendor.phonebook);
  const ids = vendor.files.map((file) => file.id);
  for (const id of ids.filter((id, index) => ids.indexOf(id) !== index))
    report("/files", "ids used once", id);
  if (vendor.address !== "folder" && !ids.includes(vendor.address.file))
    report("/address/file", `one of ${ids.join(", ")}`, vendor.address.file);
  const parts = new Set(map.groups.flatMap((g) => g.entries.map((e) => e.part ?? g.part ?? "device")));
  for (const file of vendor.files) {
    for (const part of file.carries ?? [])
      if (!parts.has(part)) report(`/files ${file.id}`, `parts of the map: ${[...parts].join(", ")}`, part);
    if (file.carries !== undefined && file.scope === undefined)
      report(`/files ${file.id} scope`, "model or device", "nothing");
    if (!file.normalToMiss && file.carries === undefined && file.kind === "optional")
      report(`/files ${file.id}`, "normalToMiss for an optional file that is not served", "nothing");
  }
}

/** `{bank}` must mean something for each key of the model. */
function checkBanks({ about, groups }: ModelProfile, map: SettingsMap, report: Report): void {
  if (about.keyBanks === undefined) {
    const isBanked = ({ key }: MapEntry) =>
      (typeof key === "string" ? key : (key[0] ?? "")).includes("{bank}");
    if (about.keys === 0 || map.keyBank !== undefined) return;
    if (groups.some((group) => group.entries.some(isBanked)))
      report("/keyBanks", "names for its keys", "nothing");
    return;
  }
  const sum = about.keyBanks.reduce((keys, bank) => keys + bank.keys, 0);
  if (sum !== about.keys) report("/keyBanks", `as many keys as /keys has, ${about.keys}`, String(sum));
}

function indexModels(models: readonly ModelProfile[], files: FamilyFiles, report: Report) {
  const byName = new Map<string, ModelProfile>();
  const byCode = new Map<string, ModelProfile[]>();
  for (const [index, model] of models.entries()) {
    const { file } = files.models[index] ?? { file: "" };
    const { about } = model;
    if (file !== `${about.model.toLowerCase().replaceAll(" ", "-")}.json`)
      report(`/models/${file}`, `a file named after its model ${about.model}`, file);
    for (const name of [about.model, ...(about.alsoKnownAs ?? [])]) {
      if (byName.has(name.toLowerCase())) report(`/models/${file}`, "a name no other model has", name);
      byName.set(name.toLowerCase(), model);
    }
    if (about.fileCode === undefined) continue;
    const code = plainCode(about.fileCode).toLowerCase();
    byCode.set(code, [...(byCode.get(code) ?? []), model]);
  }
  return { byName, byCode };
}

/** Checks a folder as a whole and builds its indexes. Problems are added to `problems`; the family is then of no use. */
export function buildFamily(files: FamilyFiles, problems: ProfileProblem[]): Family {
  const { id, vendor, map } = files;
  const reportIn =
    (file: string): Report =>
    (path, expected, found) =>
      void problems.push({ file: `${id}/${file}`, path, expected, found });
  const inVendor = reportIn("vendor.json");
  checkVendor(vendor, map, inVendor);
  problems.push(
    ...checkGroups(`${id}/settings.json`, map.groups, map),
    ...checkLacks(`${id}/settings.json`, map),
  );
  const agents = vendor.identify.agents.flatMap((from) => {
    const [shape] = shapeOf(from.shape, "/identify/agents", inVendor);
    if (shape === undefined) return [];
    if (matchShape(shape, from.example) === undefined)
      inVendor("/identify/agents example", `an agent of shape ${from.shape}`, from.example);
    return [{ shape, from }];
  });
  const family: Family = {
    id,
    vendor,
    map,
    models: new Map(),
    modelsByCode: new Map(),
    agents,
    files: vendor.files.map((file) => ({
      file,
      shapes: [file.path, ...(file.alsoAt ?? [])].flatMap((text) =>
        shapeOf(text, `/files ${file.id}`, inVendor),
      ),
    })),
    carried: carriedPaths([...map.groups, ...files.models.flatMap(({ model }) => model.adds ?? [])]),
  };
  const models = files.models.map(({ file, model }): ModelProfile => {
    const inModel = reportIn(`models/${file}`);
    problems.push(...checkGroups(`${id}/models/${file}`, model.adds ?? [], map));
    return { family, about: model, groups: groupsOf(map, model, inModel) };
  });
  for (const [index, model] of models.entries())
    checkBanks(model, map, reportIn(`models/${files.models[index]?.file ?? ""}`));
  const { byName, byCode } = indexModels(models, files, inVendor);
  return Object.assign(family, { models: byName, modelsByCode: byCode });
}
