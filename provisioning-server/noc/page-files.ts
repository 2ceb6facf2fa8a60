import { readFile, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import type { FastifyReply } from "fastify";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".png": "image/png",
};

interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/**
 * The built page, read once and kept: requests look names up in a map and never touch the disk. Without a build there
 * are no files, and the pages say how to make them.
 */
export class PageFiles {
  readonly #files = new Map<string, PageFile>();

  /** @param folder where `npm run build:page` puts the page. */
  static async read(folder: string): Promise<PageFiles> {
    const files = new PageFiles();
    for (const name of await filesUnder(folder)) {
      const type = types[extname(name)];
      if (type === undefined) continue;
      files.#files.set(name.replaceAll("\\", "/"), { type, body: await readFile(join(folder, name)) });
    }
    return files;
  }

  /** The text of a page, for the server to fill in or send; undefined when the page is not built. */
  html(name: string): string | undefined {
    return this.#files.get(name)?.body.toString("utf8");
  }

  /** Sends a file of `assets/`; false when there is none. Their names carry a hash, so browsers keep them for ever. */
  sendAsset(name: string, reply: FastifyReply): boolean {
    const file = this.#files.get(`assets/${name}`);
    if (file === undefined) return false;
    reply.header("cache-control", "public, max-age=31536000, immutable").type(file.type).send(file.body);
    return true;
  }
}

async function filesUnder(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } catch {
    return [];
  }
}
