// Every example of every family, replayed against a running server over its real doors: the requests in the phone's order,
// HEAD before GET, If-None-Match after it, names in upper and lower case, TFTP with and without options. A new example is
// replayed without a line here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, mock, test } from "node:test";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import { deviceToken } from "../../provisioning-server/answer/device-token.ts";
import { fileByPath } from "../../provisioning-server/answer/identify.ts";
import { loadExamples, type ProfileExample } from "../../provisioning-server/profiles/load-examples.ts";
import type { ExampleRequest } from "../../provisioning-server/profiles/profile-example.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";
import { BootServer, serverKey } from "./boot-server.ts";
import { type HttpSeen, HttpsPhone } from "./https-phone.ts";
import { readOverTftp } from "./tftp-phone.ts";

const folder = new URL("../../firmware-profiles", import.meta.url).pathname;
const examples = await loadExamples(folder);
const { families } = await loadProfiles(folder);

/** What must stand in the trace, in order. */
interface Told {
  readonly method: PhoneRequest["method"];
  readonly outcome: ExampleRequest["outcome"];
  readonly status: number;
  readonly normal: boolean;
}
/** By the moment of the example: the clock stands still while it is replayed. */
const told = new Map<number, { readonly name: string; readonly entries: Told[] }>();

let server: BootServer;
before(async () => {
  server = await BootServer.start();
  // Only now: the certificates are of today. Daylight saving depends on the year, and so do the expected files.
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
});
after(async () => {
  mock.timers.reset();
  await server[Symbol.asyncDispose]();
});

/** The names a phone, or a file server between, may make of one. */
const spellings = (path: string): ReadonlySet<string> => {
  const at = path.lastIndexOf("/") + 1;
  const [way, name] = [path.slice(0, at), path.slice(at)];
  return new Set([path, way + name.toUpperCase(), way + name.toLowerCase()]);
};

/** Whether the family says of the file, as the inventory makes it known, that it is usually missing. */
const isNormal = ({ family: id }: ProfileExample, { path, outcome }: ExampleRequest): boolean => {
  const family = families.find((each) => each.id === id);
  const file = family === undefined ? undefined : fileByPath(family, path)?.file;
  return outcome === "no-such-file" && file?.normalToMiss === true;
};

class Replay {
  readonly #example: ProfileExample;
  readonly #phone: HttpsPhone;
  readonly #told: Told[];

  constructor(example: ProfileExample, phone: HttpsPhone, entries: Told[]) {
    this.#example = example;
    this.#phone = phone;
    this.#told = entries;
  }

  async run(asked: ExampleRequest): Promise<void> {
    const golden =
      asked.body === undefined ? "" : readFileSync(join(this.#example.folder, asked.body), "utf8");
    const body = Buffer.from(server.expected(golden));
    for (const path of spellings(asked.path))
      // The door of plain HTTP is not there yet: what may go through it may go through TFTP, which tells no agent.
      await (asked.via === "https" ? this.#overHttps(asked, path, body) : this.#overTftp(asked, path, body));
  }

  #tell(asked: ExampleRequest, method: Told["method"], status: number): void {
    const normal = isNormal(this.#example, asked);
    this.#told.push({ method, outcome: asked.outcome, status, normal });
  }

  async #overHttps(asked: ExampleRequest, path: string, body: Buffer): Promise<void> {
    const { mac, tokenGeneration } = this.#example.inventory.device;
    const token = asked.token === true ? `/${deviceToken(serverKey, mac, tokenGeneration)}` : "";
    const wish = { path: encodeURI(token + path), userAgent: asked.userAgent };
    const status = asked.outcome === "file" ? 200 : 404;
    const head = await this.#phone.ask({ method: "HEAD", ...wish });
    const got = await this.#phone.ask({ method: "GET", ...wish });
    this.#tell(asked, "HEAD", status);
    this.#tell(asked, "GET", status);
    assert.deepEqual([head.status, got.status], [status, status], path);
    assert.equal(head.body.length, 0);
    for (const name of ["content-length", "content-type", "etag"])
      assert.equal(head.headers[name], got.headers[name], name);
    assert.equal(got.headers["content-length"], `${got.body.length}`);
    assert.equal(got.headers["transfer-encoding"], undefined);
    if (asked.outcome === "file") await this.#sameFile(asked, wish, got, body);
    else assert.equal(got.body.toString(), "Not found");
  }

  async #sameFile(
    asked: ExampleRequest,
    wish: { path: string; userAgent: string | undefined },
    got: HttpSeen,
    body: Buffer,
  ): Promise<void> {
    assert.equal(got.body.toString(), body.toString());
    assert.ok(got.body.equals(body));
    const { etag } = got.headers;
    assert.ok(typeof etag === "string");
    const again = await this.#phone.ask({ method: "GET", ...wish, ifNoneMatch: etag });
    assert.deepEqual([again.status, again.body.length, again.headers["etag"]], [304, 0, etag]);
    this.#tell(asked, "GET", 304);
  }

  async #overTftp(asked: ExampleRequest, path: string, body: Buffer): Promise<void> {
    const name = asked.via === "http" ? path.replace(/^\//, "") : path;
    for (const wanted of [
      {},
      { blockSize: 1468, size: 0 },
      { blockSize: 8192, size: 0, timeout: 3, windowSize: 4 },
    ]) {
      const seen = await readOverTftp(server.running.tftpPort, name, wanted);
      this.#tell(asked, "RRQ", asked.outcome === "file" ? 200 : 404);
      if (!seen.ok || asked.outcome !== "file") {
        const code = asked.outcome === "file" ? undefined : 1;
        assert.deepEqual(seen, { ok: false, code }, name);
        continue;
      }
      assert.equal(Buffer.from(seen.body).toString(), body.toString());
      assert.ok(body.equals(seen.body));
      const { blockSize, size } = seen.terms;
      assert.equal(blockSize, wanted.blockSize === undefined ? 512 : 1468);
      assert.equal(size, wanted.size === undefined ? undefined : body.length);
    }
  }
}

for (const [index, example] of examples.entries()) {
  const name = `${example.family}/${example.name}`;
  test(`${name}: boots off the running server`, async () => {
    const at = Date.parse(example.asked.at) + index;
    mock.timers.setTime(at);
    await server.put(example);
    using phone = new HttpsPhone(server.running.phonesPort, server.running.caPem);
    const entries: Told[] = [];
    const replay = new Replay(example, phone, entries);
    for (const asked of example.asked.requests) await replay.run(asked);
    told.set(at, { name, entries });
  });
}

test("the trace tells every request in order, and which missing files are normal", async () => {
  const asked = [...told.values()].flatMap(({ entries }) => entries);
  assert.ok(asked.some(({ normal }) => normal) && asked.some(({ normal }) => !normal));
  await server.closeAndRead(async (entriesAt) => {
    for (const [at, { name, entries }] of told) {
      const found = await entriesAt("hq", at);
      assert.deepEqual(
        found.map(({ method, outcome, status, normal = false }) => ({ method, outcome, status, normal })),
        entries,
        name,
      );
    }
  });
});
