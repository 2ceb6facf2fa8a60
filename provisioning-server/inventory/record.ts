import type { Answer } from "../../protocol/answer.ts";
import { enrolmentWords } from "../../protocol/enrolment-words.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Door, PhoneRequest } from "../../protocol/phone-request.ts";
import type { Sent } from "../doors/door.ts";
import { DeviceSeen } from "../store/device-seen.ts";
import { Devices, type Standing } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { PhoneEvents } from "../store/phone-events.ts";
import { ServedFiles } from "../store/served-files.ts";
import { Sites } from "../store/sites.ts";
import { UnknownSeen } from "../store/unknown-seen.ts";
import { Trace, type TraceEntry } from "../store/trace.ts";
import { stepEnrolment } from "../claims/enrolment.ts";
import { uuidV7, uuidV7Sequence } from "../uuid-v7.ts";
import { recordServed } from "./record-served.ts";
import { SiteFinder } from "./site-finder.ts";

type Happening =
  | { readonly kind: "answer"; readonly request: PhoneRequest; readonly answer: Answer; readonly sent: Sent }
  | {
      readonly kind: "tls";
      readonly at: number;
      readonly door: Door;
      readonly address: string;
      readonly error: string;
    };

/** Entries that may wait to be written; a store that stands still must not eat the memory of the doors. */
const mostWaiting = 50_000;
/** Entries in one transaction: what came while the last one was written, up to this many. */
const mostAtOnce = 500;
/** How long entries gather before they are written. */
const gatherMs = 20;

export interface RecorderOptions {
  readonly store: StoreHandle;
  readonly sealing: Sealing;
  /** Tenant of requests that belong to no known phone and no known network. */
  readonly tenant: string;
  /** Writing failed; the entries of that batch are lost and counted in {@link Recorder.lost}. */
  readonly crash: (error: unknown) => void;
}

/**
 * Writes down every request and what was said to it: the trace, when the phone was last seen, how far its enrolment is.
 * `record` returns at once; entries are written in the order they came, many in one transaction (group commit).
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #finder = new SiteFinder();
  readonly #nextId = uuidV7Sequence();
  #waiting: Happening[] = [];
  #writing: Promise<void> | undefined;
  #hurry: () => void = () => {};
  #lost = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Entries that could not be written. */
  get lost(): number {
    return this.#lost;
  }

  /** For DoorOptions.record. */
  readonly record = (request: PhoneRequest, answer: Answer, sent: Sent): void => {
    this.#take({ kind: "answer", request, answer, sent });
  };

  /** A handshake that never came to a request; `error` as OpenSSL says it. */
  readonly tlsError = (at: number, door: Door, address: string, error: string): void => {
    this.#take({ kind: "tls", at, door, address, error });
  };

  /** Waits until everything recorded so far is in the store (or lost). */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) {
      this.#hurry();
      await this.#writing;
    }
  }

  #take(happening: Happening): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(happening);
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
  }

  async #drain(): Promise<void> {
    // Each commit waits for the disk: what comes within a breath goes into the same transaction (group commit).
    await this.#gather();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, mostAtOnce);
      try {
        await this.#options.store.transaction((inside) => this.#write(inside, batch));
      } catch (error) {
        this.#lost += batch.length;
        this.#options.crash(error);
      }
    }
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, gatherMs);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #write(inside: StoreHandle, batch: readonly Happening[]): Promise<void> {
    const entries: TraceEntry[] = [];
    for (const happening of batch)
      entries.push(
        happening.kind === "tls"
          ? await this.#tlsEntry(inside, happening)
          : await this.#answerEntry(inside, happening),
      );
    await new Trace(inside).add(entries);
  }

  async #answerEntry(inside: StoreHandle, { request, answer, sent }: Happening & { kind: "answer" }) {
    const { mac } = answer.identity;
    const devices = new Devices(inside, this.#options.sealing);
    const standing = mac === undefined ? undefined : await devices.standing(mac);
    if (mac !== undefined && standing !== undefined) {
      await new DeviceSeen(inside).put(standing.tenant, mac, seenOf(request, answer, standing));
      await recordServed(new ServedFiles(inside, this.#options.sealing), standing.tenant, request, answer);
      const state = stepEnrolment(standing.state, { kind: "answer", answer });
      if (state !== standing.state) {
        await devices.setState(standing.tenant, mac, state);
        const words = `${standing.state} → ${state}: the phone ${enrolmentWords(state)}`;
        const event = { id: this.#nextId(request.at), at: request.at, kind: "enrolment", words } as const;
        await new PhoneEvents(inside).add(standing.tenant, mac, event);
      }
    }
    const place = standing ?? (await this.#placeOf(inside, request.address));
    if (mac !== undefined && standing === undefined) await noteUnknown(inside, place, mac, request, answer);
    const revision = answer.outcome === "file" && answer.claim !== "public" ? standing?.revision : undefined;
    return {
      id: this.#nextId(request.at),
      ...entryOf(request, answer, sent, place),
      ...(revision === undefined ? {} : { revision }),
    };
  }

  async #tlsEntry(inside: StoreHandle, tls: Happening & { kind: "tls" }): Promise<TraceEntry> {
    const here = await new DeviceSeen(inside).atAddress(tls.address);
    // An address names a phone only as long as one phone was seen there (NAT puts many behind one).
    const only = here.length === 1 ? here[0] : undefined;
    const standing =
      only === undefined ? undefined : await new Devices(inside, this.#options.sealing).standing(only.mac);
    const place = standing ?? (await this.#placeOf(inside, tls.address));
    return {
      id: this.#nextId(tls.at),
      ...place,
      ...(only === undefined ? {} : { mac: only.mac }),
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

  async #placeOf(inside: StoreHandle, address: string): Promise<{ tenant: string; site?: string }> {
    const [site] = await this.#finder.at(new Sites(inside, this.#options.sealing), address);
    return site === undefined ? { tenant: this.#options.tenant } : { tenant: site.tenant, site: site.id };
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
