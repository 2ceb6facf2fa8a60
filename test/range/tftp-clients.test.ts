import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { fileAnswer, noAnswer, openDoors, type OpenDoors } from "../fakes/open-doors.ts";
import { seededRandom } from "../fakes/seeded-random.ts";

// Real TFTP clients fetch from the real door; what they wrote must be what the answer held, octet by octet.

const run = promisify(execFile);

interface Client {
  readonly name: string;
  /** Words that show it is there, run once. */
  readonly probe: readonly [string, ...string[]];
  readonly fetch: (from: { port: number; file: string; to: string }) => readonly [string, ...string[]];
}

const at = "127.0.0.1";
const clients: readonly Client[] = [
  {
    name: "curl, blksize 512",
    probe: ["curl", "--version"],
    fetch: ({ port, file, to }) => ["curl", "-sSf", "-o", to, `tftp://${at}:${port}/${file}`],
  },
  {
    name: "curl without options",
    probe: ["curl", "--version"],
    fetch: ({ port, file, to }) => [
      "curl",
      "-sSf",
      "--tftp-no-options",
      "-o",
      to,
      `tftp://${at}:${port}/${file}`,
    ],
  },
  {
    name: "curl, blksize 1468",
    probe: ["curl", "--version"],
    fetch: ({ port, file, to }) => [
      "curl",
      "-sSf",
      "--tftp-blksize",
      "1468",
      "-o",
      to,
      `tftp://${at}:${port}/${file}`,
    ],
  },
  {
    name: "curl, blksize beyond ours",
    probe: ["curl", "--version"],
    fetch: ({ port, file, to }) => [
      "curl",
      "-sSf",
      "--tftp-blksize",
      "65464",
      "-o",
      to,
      `tftp://${at}:${port}/${file}`,
    ],
  },
  {
    name: "tftp-hpa, octet",
    probe: ["tftp", "-V"],
    fetch: ({ port, file, to }) => ["tftp", "-m", "octet", at, `${port}`, "-c", "get", file, to],
  },
  {
    name: "tftp-hpa, netascii",
    probe: ["tftp", "-V"],
    fetch: ({ port, file, to }) => ["tftp", "-m", "netascii", at, `${port}`, "-c", "get", file, to],
  },
  {
    name: "atftp, octet",
    probe: ["atftp", "--version"],
    fetch: ({ port, file, to }) => ["atftp", "-g", "-r", file, "-l", to, at, `${port}`],
  },
  {
    name: "atftp, blksize, tsize and timeout",
    probe: ["atftp", "--version"],
    fetch: ({ port, file, to }) => [
      "atftp",
      "--option",
      "blksize 1400",
      "--option",
      "tsize enable",
      "--option",
      "timeout 2",
      "-g",
      "-r",
      file,
      "-l",
      to,
      at,
      `${port}`,
    ],
  },
  {
    name: "atftp, windowsize 8",
    probe: ["atftp", "--version"],
    fetch: ({ port, file, to }) => [
      "atftp",
      "--option",
      "windowsize 8",
      "-g",
      "-r",
      file,
      "-l",
      to,
      at,
      `${port}`,
    ],
  },
  {
    name: "busybox",
    probe: ["busybox", "tftp", "--help"],
    fetch: ({ port, file, to }) => ["busybox", "tftp", "-g", "-r", file, "-l", to, at, `${port}`],
  },
];

function missing([command, ...words]: readonly [string, ...string[]]): false | string {
  try {
    execFileSync(command, words, { stdio: "ignore" });
    return false;
  } catch (error) {
    // Some clients say their version with an exit code of their own: they are there.
    return error instanceof Error && "code" in error && error.code === "ENOENT"
      ? `${command} is not installed`
      : command === "busybox"
        ? "this busybox has no tftp"
        : false;
  }
}

const random = seededRandom(7);
const bodies: ReadonlyMap<string, Buffer> = new Map([
  ["lines.cfg", Buffer.from("#!version:1.0.0.1\nname = Müller\r\nlone = \r!\n".repeat(60))],
  ["empty.cfg", Buffer.alloc(0)],
  ["whole-blocks.bin", Buffer.from(random.bytes(1024))],
  ["image.bin", Buffer.from(random.bytes(200_000))],
]);

const serve = ({ path }: { path: string }) => {
  const body = bodies.get(path.slice(1));
  return body === undefined ? noAnswer : fileAnswer(path, body);
};

async function withDoors(
  options: Parameters<typeof openDoors>[1],
  work: (doors: OpenDoors, folder: string) => Promise<void>,
  answer: Parameters<typeof openDoors>[0] = serve,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "offhook-tftp-clients-"));
  try {
    await using doors = await openDoors(answer, options);
    await work(doors, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

for (const client of clients) {
  for (const singlePort of [false, true]) {
    const where = singlePort ? "one port" : "a port per transfer";
    test(`${client.name} gets every file whole from ${where}`, { skip: missing(client.probe) }, async () => {
      await withDoors({ singlePort }, async (doors, folder) => {
        for (const [file, body] of bodies) {
          if (file === "image.bin" && client.name.includes("netascii")) continue;
          const to = join(folder, file);
          const [command, ...words] = client.fetch({ port: doors.tftpPort, file, to });
          await run(command, words, { timeout: 20_000 });
          // Some clients make no file of nothing.
          const got = await readFile(to).catch(() => Buffer.alloc(0));
          assert.ok(got.equals(body), `${file}: ${got.length} of ${body.length} octets`);
        }
        assert.deepEqual(doors.crashes, []);
      });
    });
  }

  test(`${client.name} is told of a file that is not there`, { skip: missing(client.probe) }, async () => {
    await withDoors({}, async (doors, folder) => {
      const to = join(folder, "none");
      const [command, ...words] = client.fetch({ port: doors.tftpPort, file: "none.cfg", to });
      const end = await run(command, words, { timeout: 20_000 }).then(
        ({ stdout, stderr }) => `${stdout}${stderr}`,
        (error: Error) => `failed ${error.message}`,
      );
      assert.match(end, /failed|not found/i);
      assert.equal(doors.records[0]?.sent.status, 404);
    });
  });
}

// 33.5 MB in blocks of 512 are 65,535 of them; behind that the number on the wire goes on with 0.
const big = Buffer.from(random.bytes(34_000_001));

for (const name of ["tftp-hpa, octet", "atftp, windowsize 8"]) {
  const client = clients.find((each) => each.name === name);
  if (client === undefined) throw new Error(`no client ${name}`);
  test(`${name} takes a file of more than 65,535 blocks`, { skip: missing(client.probe) }, async () => {
    await withDoors(
      {},
      async (doors, folder) => {
        const to = join(folder, "big.bin");
        const [command, ...words] = client.fetch({ port: doors.tftpPort, file: "big.bin", to });
        await run(command, words, { timeout: 60_000 });
        assert.ok((await readFile(to)).equals(big));
      },
      () => fileAnswer("big.bin", big),
    );
  });
}

test("tftp-hpa may not write", { skip: missing(["tftp", "-V"]) }, async () => {
  await withDoors({}, async (doors, folder) => {
    const file = join(folder, "up.cfg");
    await run("sh", ["-c", `echo hello > ${file}`]);
    const { stdout, stderr } = await run("tftp", [at, `${doors.tftpPort}`, "-c", "put", file, "up.cfg"], {
      timeout: 20_000,
    });
    assert.match(`${stdout}${stderr}`, /Access violation/i);
  });
});
