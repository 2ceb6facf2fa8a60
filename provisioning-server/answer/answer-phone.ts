import type { Answer, ClaimKind } from "../../protocol/answer.ts";
import type { Device } from "../../protocol/device.ts";
import type { Identity, PhoneRequest } from "../../protocol/phone-request.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import type { Site } from "../../protocol/site.ts";
import {
  familiesOf,
  findModel,
  type Family,
  type ModelProfile,
  type Profiles,
} from "../profiles/profiles.ts";
import { plainCode } from "../profiles/shape.ts";
import { type Authorization, authorize, spentToken } from "./authorize.ts";
import { tokenMatches } from "./device-token.ts";
import type { Directory } from "./directory.ts";
import type { FirstAccessToken } from "./first-access.ts";
import type { FirmwareFiles } from "./firmware-shelf.ts";
import { answerFirmware, type Asked, firmwareAsked } from "./answer-firmware.ts";
import { type FileMatch, fileByPath, recognise } from "./identify.ts";
import type { SeenPort } from "./location.ts";
import { pathSegments } from "./request-path.ts";
import { phonebookWriter } from "./phonebook-file.ts";
import { phonebookName } from "./phonebook-name.ts";
import { type FileMaker, type Ingredient, renderAlways, type SendableFile } from "./render-cache.ts";
import { firmwareFor, type RenderInput, renderFile } from "./render-file.ts";

/** What was looked up: always the same look-ups, whoever asks, so that time tells nothing. */
interface Found extends Asked {
  readonly seenOn: readonly SeenPort[];
  readonly match: FileMatch | undefined;
  readonly book: Phonebook | undefined;
  readonly firstAccess: FirstAccessToken | undefined;
  readonly make: FileMaker;
}

async function findDevice(
  request: PhoneRequest,
  identity: Identity,
  directory: Directory,
  firstAccess: FirstAccessToken | undefined,
): Promise<Device | undefined> {
  if (identity.mac !== undefined) return directory.deviceByMac(identity.mac);
  if (firstAccess !== undefined) return directory.deviceByMac(firstAccess.mac);
  if (request.credential?.kind !== "token") return undefined;
  return directory.deviceByToken?.(request.credential.token.reveal());
}

/** A known phone's file is one of its own family, whatever others of its vendor ask for. */
function fileOf(device: Device, path: string, profiles: Profiles): FileMatch | undefined {
  const own = findModel(profiles, device.vendor, device.model);
  const families = own === undefined ? familiesOf(profiles, device.vendor, undefined) : [own.family];
  return families.map((family) => fileByPath(family, path)).find((found) => found !== undefined);
}

async function lookUp(request: PhoneRequest, directory: Directory, make: FileMaker): Promise<Found> {
  const { identity, match: named } = recognise(request, directory.profiles);
  const shown = request.credential?.kind === "token" ? request.credential.token : undefined;
  const firstAccess = shown === undefined ? undefined : await directory.firstAccess?.find(shown.reveal());
  const device = await findDevice(request, identity, directory, firstAccess);
  const site = device === undefined ? undefined : await directory.site(device.site, device);
  const sitesHere = await directory.sitesByAddress(request.address);
  const tenant = site === undefined ? undefined : await directory.tenantSettings?.(site.tenant);
  const book = site === undefined ? undefined : await directory.phonebook?.(site.id, site.tenant);
  const match = device === undefined ? named : fileOf(device, request.path, directory.profiles);
  const seenOn = await seenPorts(directory, device, site);
  return {
    request,
    directory,
    identity,
    device,
    site,
    sitesHere,
    seenOn,
    tenant,
    match,
    book,
    firstAccess,
    make,
  };
}

async function seenPorts(
  directory: Directory,
  device: Device | undefined,
  site: Site | undefined,
): Promise<readonly SeenPort[]> {
  if (device === undefined || site?.location === undefined) return [];
  return (await directory.portsOf?.(device, site)) ?? [];
}

/** The identity as the inventory completes it, for the record. */
function completed({ identity, device, match }: Found): Identity {
  return {
    ...identity,
    ...(device === undefined ? {} : { vendor: device.vendor, model: device.model, mac: device.mac }),
    file: match?.file.kind ?? identity.file,
    ...(match === undefined ? {} : { fileId: match.file.id }),
  };
}

function fileAnswer(found: Found, claim: ClaimKind, file: SendableFile): Answer {
  return { outcome: "file", identity: completed(found), claim, file };
}

function unknownDevice(found: Found): Answer {
  const { identity, match } = found;
  const reason =
    identity.mac === undefined
      ? match === undefined
        ? "the request names no phone, and no family that we know asks for such a file"
        : "the request names no phone"
      : `no phone with the MAC ${identity.mac} is in the inventory`;
  const remedy =
    identity.mac === undefined
      ? "See with `offhook profile identify` what path and agent tell."
      : "Add it: `offhook phone add`.";
  return { outcome: "unknown-device", identity: completed(found), reason, remedy };
}

/** The model whose common file is asked: by agent or file code. Models that share a code share the file. */
function modelOf(family: Family, identity: Identity, match: FileMatch): ModelProfile | undefined {
  const named = identity.model === undefined ? undefined : family.models.get(identity.model.toLowerCase());
  const byCode = family.modelsByCode.get(match.captures.code?.toLowerCase() ?? "");
  if (byCode === undefined || byCode.length === 0) return named;
  return byCode.find((model) => model === named) ?? byCode[0];
}

/** A file that is the same for all phones of a model needs no claim: it holds nothing of anybody. */
function answerPublic(found: Found, match: FileMatch): Answer {
  const { identity, directory, request } = found;
  const model = modelOf(match.family, identity, match);
  if (model === undefined)
    return {
      outcome: "no-such-file",
      identity: completed(found),
      normal: match.file.normalToMiss === true,
      reason: `no model of ${match.family.vendor.name} with this file name is in the profiles`,
    };
  const context = { ...directory.context, at: request.at };
  const firmware = identity.firmware === undefined ? {} : { firmware: identity.firmware };
  return fileAnswer(
    found,
    "public",
    makeFile(found, { model, file: match.file, context, ...firmware }, "full"),
  );
}

function notServed(found: Found, match: FileMatch): Answer {
  const reason =
    match.file.normalToMiss === true
      ? (match.file.why ?? "this family asks for it and lives without it")
      : `${match.file.kind} files of ${match.family.vendor.name} are not served here`;
  return {
    outcome: "no-such-file",
    identity: completed(found),
    normal: match.file.normalToMiss === true,
    reason,
  };
}

/** The agent says another model than the inventory, and not one that shares its files. */
function isOtherModel(found: Found, device: Device, model: ModelProfile): boolean {
  const { vendor, model: said } = found.identity;
  if (vendor !== undefined && vendor !== device.vendor) return true;
  const other = said === undefined ? undefined : findModel(found.directory.profiles, device.vendor, said);
  if (other === undefined || other === model) return false;
  const code = (profile: ModelProfile) => plainCode(profile.about.fileCode ?? profile.about.model);
  return code(other) !== code(model);
}

/** A door without encryption carries only the way to the HTTPS door, unless the site says otherwise. */
function extentFor(request: PhoneRequest, site: Site | undefined): "full" | "bootstrap" {
  const clear = request.via === "tftp" || request.via === "http";
  return clear && site?.clearDoors !== "full" ? "bootstrap" : "full";
}

/** Everything that decides a byte of the file is named here: of the clock, that is the year (daylight saving). */
function makeFile(found: Found, input: RenderInput, extent: "full" | "bootstrap"): SendableFile {
  const { model, file, context, device, site, tenant, firmware, phonebook } = input;
  const year = new Date(context.at).getUTCFullYear();
  const { context: server } = found.directory;
  const image = firmwareFor(input);
  const things = [server, model, file, ...ofDevice(device), site, tenant, firmware, phonebook, extent, year];
  const from = image === undefined ? things : [...things, image];
  return found.make(from, () => renderFile(input, { extent, explain: false }));
}

/** All of a phone but how far its enrolment is: a file that is fetched moves that on. */
function ofDevice(device: Device | undefined): Ingredient[] {
  if (device === undefined) return [];
  const { mac, site, label, tokenGeneration, lines, settings, raw } = device;
  return [mac, site, label, tokenGeneration, lines, settings, raw];
}

function renderFor(found: Found, device: Device, model: ModelProfile, match: FileMatch): SendableFile {
  const { request, directory, site, tenant, identity, book } = found;
  const input = {
    model,
    file: match.file,
    context: { ...directory.context, at: request.at },
    device,
    ...(site === undefined ? {} : { site }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(identity.firmware === undefined ? {} : { firmware: identity.firmware }),
    ...(book === undefined ? {} : { phonebook: book.name }),
  };
  return makeFile(found, input, extentFor(request, site));
}

function authorizationOf(
  { request, site, sitesHere, seenOn, firstAccess, directory }: Found,
  device: Device,
): Authorization {
  const { serverKey } = directory.context;
  return authorize({ request, device, site, sitesHere, seenOn, serverKey, firstAccess });
}

/** A file of the phone's own goes out, or one with a secret: a token for the first access has one use less. */
async function spending(found: Found, answer: Answer): Promise<Answer> {
  const { firstAccess, request, directory, match } = found;
  if (answer.outcome !== "file" || answer.claim !== "first-access" || firstAccess === undefined)
    return answer;
  const isOwn = match?.file.scope === "device" || answer.file.secret;
  // A HEAD gets no file.
  if (
    !isOwn ||
    request.method === "HEAD" ||
    (await directory.firstAccess?.spend(firstAccess, request.at)) === true
  )
    return answer;
  const { refusal } = spentToken("other requests used it up at the same time");
  return { outcome: "denied", identity: answer.identity, ...refusal };
}

function answerKnown(found: Found, device: Device, match: FileMatch): Answer {
  const { request, directory } = found;
  const identity = completed(found);
  const authorization = authorizationOf(found, device);
  if (!authorization.ok) {
    if (match.file.scope === "model") return answerPublic(found, match);
    return { outcome: "denied", identity, ...authorization.refusal };
  }
  const model = findModel(directory.profiles, device.vendor, device.model);
  if (model === undefined)
    return {
      outcome: "denied",
      identity,
      kind: "render-failed",
      reason: `no profile describes ${device.vendor} ${device.model}`,
      remedy: "Correct the phone's model: `offhook profile list` names those we know.",
    };
  if (isOtherModel(found, device, model))
    return {
      outcome: "denied",
      identity,
      kind: "wrong-model",
      reason: `the phone says it is ${found.identity.vendor ?? ""} ${found.identity.model ?? ""}; the inventory says ${device.vendor} ${device.model}`,
      remedy: "Correct the model in the inventory, or find out which phone has this MAC.",
    };
  const rendered = renderFor(found, device, model, match);
  if (rendered.empty && match.file.scope === "device")
    return { outcome: "denied", identity, ...tooSecret(request) };
  return fileAnswer(found, authorization.claim, rendered);
}

function tooSecret({ via }: PhoneRequest) {
  return {
    kind: "secret-over-tftp",
    reason: `nothing of this file may travel through the ${via} door, which has no encryption`,
    remedy: "Send the phone to the HTTPS door, or allow secrets through clear doors for its site.",
  } as const;
}

/** The site's phonebook, if that is what a phone of ours asks for: by a name of its family's, or by ours. */
function phonebookAsked(found: Found, device: Device): SendableFile | undefined {
  const { request, directory, match, book } = found;
  const name = pathSegments(request.path).at(-1) ?? "";
  const isAsked = match?.file.kind === "directory" || name.toLowerCase() === phonebookName;
  const model = findModel(directory.profiles, device.vendor, device.model);
  if (!isAsked || book === undefined || model === undefined) return undefined;
  const write = phonebookWriter(model.family, book, name);
  return write === undefined ? undefined : found.make([model.family, book, name], write);
}

/** Names and numbers of people: for phones of the site that show who they are, through doors with encryption. */
function answerPhonebook(found: Found, device: Device, rendered: SendableFile): Answer {
  const { request, site } = found;
  const identity: Identity = { ...completed(found), file: "directory", fileId: rendered.fileId };
  const authorization = authorizationOf(found, device);
  if (!authorization.ok) return { outcome: "denied", identity, ...authorization.refusal };
  if (extentFor(request, site) === "bootstrap") return { outcome: "denied", identity, ...tooSecret(request) };
  const answer = fileAnswer(found, authorization.claim, rendered);
  return { ...answer, identity };
}

/**
 * identify → look up → authorize → render. Every refusal carries its reason and remedy; nothing secret leaves without a
 * claim. Unknown and denied are told apart inside only: doors turn both into the same bytes.
 */
export async function answerPhone(
  request: PhoneRequest,
  directory: Directory,
  make: FileMaker = renderAlways,
  files?: FirmwareFiles,
): Promise<Answer> {
  const found = await lookUp(request, directory, make);
  const { device, match } = found;
  const image = firmwareAsked(found);
  if (image !== undefined && files !== undefined)
    return answerFirmware(image, { ...found, identity: completed(found) }, files);
  if (device === undefined) {
    const { credential } = request;
    // The work of a known phone's check, so that an unknown one is not told by its speed.
    if (credential?.kind === "token")
      tokenMatches(directory.context.serverKey, "000000000000", 0, credential.token.reveal());
  }
  const phonebook = device === undefined ? undefined : phonebookAsked(found, device);
  if (device !== undefined && phonebook !== undefined)
    return spending(found, answerPhonebook(found, device, phonebook));
  if (match === undefined) {
    if (device === undefined) return unknownDevice(found);
    const reason = `phones of ${device.vendor} ask for no such file, as far as we know`;
    return { outcome: "no-such-file", identity: completed(found), normal: false, reason };
  }
  if (match.file.carries === undefined) return notServed(found, match);
  if (device !== undefined) return spending(found, answerKnown(found, device, match));
  return match.file.scope === "model" ? answerPublic(found, match) : unknownDevice(found);
}
