import { createHash } from "node:crypto";
import type { ServedFile } from "../../protocol/answer.ts";
import type { RenderedFile } from "./render-file.ts";

/** A file as a door sends it. */
export interface SendableFile extends ServedFile {
  /** Which entry of the family's `files` it is. */
  readonly fileId: string;
  /** Nothing is in it: all of it may not travel this way. */
  readonly empty: boolean;
}

/** What a file is made of. Objects count by identity: whoever hands in the same one says that it is unchanged. */
export type Ingredient = object | string | number | undefined;

/** Renders a file, or hands out the one that was rendered from the same things. */
export type FileMaker = (from: readonly Ingredient[], render: () => RenderedFile) => SendableFile;

/** The file with its strong tag: SHA-256 of the body, first 128 bits. */
export function sendable({ name, fileId, contentType, body, secret, empty }: RenderedFile): SendableFile {
  const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
  return { name, fileId, contentType, body, etag, secret, empty };
}

/** Keeps nothing. */
export const renderAlways: FileMaker = (_from, render) => sendable(render());

const mebibyte = 1_048_576;
/** What a file costs beside its octets, about. */
const overhead = 1024;

export interface RenderCacheOptions {
  /** Octets that are kept at most; default 256 MiB. */
  readonly bytes?: number;
  readonly onLookUp?: (hit: boolean) => void;
  /** A file was rendered. */
  readonly onRender?: (ms: number) => void;
  /** Rendering threw: a bug of ours or of a profile. */
  readonly onError?: () => void;
}

/**
 * Rendered files, those asked for longest ago forgotten first. A file is found again only if every thing it was rendered
 * from is the very same object, so a change can never be missed here: the directory hands out another object for it
 * (inventory/cached-directory.ts), and what was made from the old one is never asked for again.
 */
export class RenderCache {
  readonly #options: RenderCacheOptions;
  readonly #most: number;
  readonly #stamps = new WeakMap<object, number>();
  readonly #files = new Map<string, SendableFile>();
  #lastStamp = 0;
  #bytes = 0;

  constructor(options: RenderCacheOptions = {}) {
    this.#options = options;
    this.#most = options.bytes ?? 256 * mebibyte;
  }

  /** Octets that are kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  readonly make: FileMaker = (from, render) => {
    const key = this.#keyOf(from);
    const known = this.#files.get(key);
    this.#options.onLookUp?.(known !== undefined);
    if (known === undefined) return this.#render(key, render);
    this.#files.delete(key); // a Map keeps the order of insertion: the last one used stands last
    this.#files.set(key, known);
    return known;
  };

  #render(key: string, render: () => RenderedFile): SendableFile {
    const started = performance.now();
    let file: SendableFile;
    try {
      file = sendable(render());
    } catch (error) {
      this.#options.onError?.();
      throw error;
    }
    this.#options.onRender?.(performance.now() - started);
    this.#files.set(key, file);
    this.#bytes += file.body.length + overhead;
    for (const [oldest, { body }] of this.#files) {
      if (this.#bytes <= this.#most) break;
      this.#files.delete(oldest);
      this.#bytes -= body.length + overhead;
    }
    return file;
  }

  #keyOf(from: readonly Ingredient[]): string {
    let key = "";
    for (const one of from)
      key += typeof one === "object" ? `#${this.#stampOf(one)};` : `${JSON.stringify(one) ?? ""};`;
    return key;
  }

  #stampOf(one: object): number {
    let stamp = this.#stamps.get(one);
    if (stamp === undefined) {
      stamp = this.#lastStamp += 1;
      this.#stamps.set(one, stamp);
    }
    return stamp;
  }
}
