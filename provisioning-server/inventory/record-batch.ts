import type { Answer } from "../../protocol/answer.ts";
import { enrolmentWords } from "../../protocol/enrolment-words.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Door, PhoneRequest } from "../../protocol/phone-request.ts";
import type { Site } from "../../protocol/site.ts";
import { stepEnrolment } from "../claims/enrolment.ts";
import type { Sent } from "../doors/door.ts";
import { DeviceSeen, type Seen } from "../store/device-seen.ts";
import { Devices, type Standing } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { PhoneEvents } from "../store/phone-events.ts";
import type { Sealing } from "../store/sealing.ts";
import { type ServedFile, ServedFiles } from "../store/served-files.ts";
import { Sites } from "../store/sites.ts";
import { Trace, type TraceEntry } from "../store/trace.ts";
import { UnknownSeen } from "../store/unknown-seen.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { recordServed, servedFile } from "./record-served.ts";
import type { SiteFinder } from "./site-finder.ts";

/** A request and what was said to it. */
export interface AnswerHappening {
  readonly kind: "answer";
  readonly request: PhoneRequest;
  readonly answer: Answer;
  readonly sent: Sent;
}

/** A handshake that never came to a request. */
export interface TlsHappening {
  readonly kind: "tls";
  readonly at: number;
  readonly door: Door;
  readonly address: string;
  readonly error: string;
}

export type Happening = AnswerHappening | TlsHappening;

/** A phone of ours, as it stands after what of the batch was looked at so far. */
interface Phone {
  readonly before: Standing;
  state: Standing["state"];
  seen: Seen | undefined;
  readonly served: ServedFile[];
}

export interface RecordBatchOptions {
  readonly inside: StoreHandle;
  readonly sealing: Sealing;
  readonly tenant: string;
  readonly finder: SiteFinder;
  readonly nextId: (at: number) => string;
}

/** What one transaction writes down. A phone that boots asks several times within a breath: it is read and written once. */
export class RecordBatch {
  readonly #options: RecordBatchOptions;
  readonly #phones = new Map<MacAddress, Phone>();
  readonly #here = new Map<string, Pick<Site, "id" | "tenant"> | undefined>();

  constructor(options: RecordBatchOptions) {
    this.#options = options;
  }

  /** Writes all of it, in the order it came. */
  async write(happenings: readonly Happening[]): Promise<void> {
    const { inside } = this.#options;
    await this.#readPhones(happenings);
    const entries: TraceEntry[] = [];
    for (const happening of happenings)
      entries.push(await (happening.kind === "tls" ? this.#tls(happening) : this.#answer(happening)));
    await this.#writePhones();
    await new Trace(inside).add(entries);
  }

  async #readPhones(happenings: readonly Happening[]): Promise<void> {
    const { inside, sealing } = this.#options;
    const macs = happenings.flatMap((one) => (one.kind === "tls" ? [] : (one.answer.identity.mac ?? [])));
    const standings = await new Devices(inside, sealing).standings([...new Set(macs)]);
    for (const [mac, before] of standings)
      this.#phones.set(mac, { before, state: before.state, seen: undefined, served: [] });
  }

  async #answer({ request, answer, sent }: AnswerHappening): Promise<TraceEntry> {
    const { inside, nextId } = this.#options;
    const { mac } = answer.identity;
    const phone = mac === undefined ? undefined : this.#phones.get(mac);
    if (mac !== undefined && phone !== undefined) await this.#saw(mac, phone, request, answer);
    const place = phone?.before ?? (await this.#placeOf(request.address));
    if (mac !== undefined && phone === undefined) await noteUnknown(inside, place, mac, request, answer);
    const own = answer.outcome === "file" && answer.claim !== "public";
    return {
      id: nextId(request.at),
      ...entryOf(request, answer, sent, place),
      ...(own && phone !== undefined ? { revision: phone.before.revision } : {}),
    };
  }

  async #saw(mac: MacAddress, phone: Phone, request: PhoneRequest, answer: Answer): Promise<void> {
    const { inside, nextId } = this.#options;
    const { at } = request;
    phone.seen = { ...phone.seen, ...seenOf(request, answer, phone.before) };
    const file = servedFile(request, answer);
    if (file !== undefined) phone.served.push(file);
    const state = stepEnrolment(phone.state, { kind: "answer", answer });
    if (state === phone.state) return;
    const words = `${phone.state} → ${state}: the phone ${enrolmentWords(state)}`;
    phone.state = state;
    await new PhoneEvents(inside).add(phone.before.tenant, mac, {
      id: nextId(at),
      at,
      kind: "enrolment",
      words,
    });
  }

  async #writePhones(): Promise<void> {
    const { inside, sealing } = this.#options;
    const phones = Map.groupBy(this.#phones, ([, { before }]) => before.tenant);
    for (const [tenant, own] of phones) {
      const seen = own.flatMap(([mac, phone]) =>
        phone.seen === undefined ? [] : [[mac, phone.seen] as const],
      );
      await new DeviceSeen(inside).putMany(tenant, new Map(seen));
      for (const [mac, { before, state }] of own)
        if (state !== before.state) await new Devices(inside, sealing).setState(tenant, mac, state);
      const files = own.flatMap(([, { served }]) => served);
      if (files.length > 0) await recordServed(new ServedFiles(inside, sealing), tenant, files);
    }
  }

  async #tls(tls: TlsHappening): Promise<TraceEntry> {
    const { inside, sealing, nextId } = this.#options;
    const here = await new DeviceSeen(inside).atAddress(tls.address);
    // An address names a phone only as long as one phone was seen there (NAT puts many behind one).
    const only = here.length === 1 ? here[0]?.mac : undefined;
    const standings = new Devices(inside, sealing).standings(only === undefined ? [] : [only]);
    const place = (await standings).get(only ?? "") ?? (await this.#placeOf(tls.address));
    return {
      id: nextId(tls.at),
      tenant: place.tenant,
      ...(place.site === undefined ? {} : { site: place.site }),
      ...(only === undefined ? {} : { mac: only }),
      at: tls.at,
      requestId: uuidV7(tls.at),
      door: tls.door,
      method: "",
      path: "",
      address: tls.address,
      identity: { file: "unknown" },
      outcome: "tls-error",
      reason: tls.error,
      status: 0,
      bytes: 0,
      ms: 0,
    };
  }

  async #placeOf(address: string): Promise<{ tenant: string; site?: string }> {
    const { inside, sealing, tenant, finder } = this.#options;
    if (!this.#here.has(address))
      this.#here.set(address, (await finder.at(new Sites(inside, sealing), address))[0]);
    const site = this.#here.get(address);
    return site === undefined ? { tenant } : { tenant: site.tenant, site: site.id };
  }
}

/** Somebody may have to register it. */
async function noteUnknown(
  inside: StoreHandle,
  { tenant, site }: { readonly tenant: string; readonly site?: string },
  mac: MacAddress,
  { at, via, address, userAgent }: PhoneRequest,
  { identity: { vendor, model } }: Answer,
): Promise<void> {
  await new UnknownSeen(inside).note(tenant, {
    mac,
    at,
    via,
    address,
    ...(site === undefined ? {} : { site }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(model === undefined ? {} : { model }),
    ...(userAgent === undefined ? {} : { userAgent }),
  });
}

function seenOf(request: PhoneRequest, answer: Answer, standing: Standing) {
  const config = answer.outcome === "file" && answer.identity.file === "config";
  return {
    at: request.at,
    via: request.via,
    address: request.address,
    outcome: answer.outcome,
    ...(request.userAgent === undefined ? {} : { userAgent: request.userAgent.slice(0, 1000) }),
    ...(answer.identity.firmware === undefined ? {} : { firmware: answer.identity.firmware }),
    ...(config ? { configAt: request.at, configRevision: standing.revision } : {}),
    ...(answer.outcome === "file" && answer.claim !== "public"
      ? { claimedAt: request.at, claimedAddress: request.address }
      : {}),
  };
}

function entryOf(
  request: PhoneRequest,
  answer: Answer,
  sent: Sent,
  place: { readonly tenant: string; readonly site?: string },
): Omit<TraceEntry, "id"> {
  return {
    tenant: place.tenant,
    ...(place.site === undefined ? {} : { site: place.site }),
    ...(answer.identity.mac === undefined ? {} : { mac: answer.identity.mac }),
    at: request.at,
    requestId: request.id,
    door: request.via,
    method: request.method,
    path: request.path,
    address: request.address,
    ...(request.userAgent === undefined ? {} : { userAgent: request.userAgent }),
    identity: answer.identity,
    outcome: answer.outcome,
    ...(answer.outcome === "file"
      ? { claim: answer.claim, etag: answer.file.etag }
      : { reason: answer.reason }),
    ...(answer.outcome === "no-such-file" && answer.normal ? { normal: true } : {}),
    ...(answer.outcome === "denied" ? { denial: answer.kind } : {}),
    ...("remedy" in answer ? { remedy: answer.remedy } : {}),
    status: sent.status,
    bytes: sent.bytes,
    ms: sent.ms,
  };
}
