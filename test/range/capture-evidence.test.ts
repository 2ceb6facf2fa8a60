import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { explained } from "../agent/capture/explain.ts";
import { makePair, offhook, rangeSkip, type Namespace } from "./network.ts";

// What a look sent and got is kept: tshark opens it, and counts what the finding names.

const limit = { skip: rangeSkip("tshark", "sipp", "setpriv"), timeout: 60_000 };
const [node, command] = offhook;

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "offhook-evidence-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Exit code 4 says that something was found; the output is there all the same. */
const output = (running: Promise<string>) => running.catch((error: { stdout: string }) => error.stdout);

interface Row {
  /** Every address in the packet; ICMP quotes those of the packet that it answers. */
  readonly addresses: readonly string[];
  readonly icmpTypes: readonly string[];
  readonly info: string;
}

const fieldOptions = ["ip.src", "ip.dst", "icmp.type", "_ws.col.Info"].flatMap((field) => ["-e", field]);

/** The packets as tshark reads them: it starts slowly, so once per file. */
async function rowsOf(namespace: Namespace, file: string): Promise<Row[]> {
  const options = ["-n", "-r", file, "-d", "udp.port==5080,sip", "-T", "fields", ...fieldOptions];
  const rows = (await namespace.run("tshark", ...options)).trimEnd().split("\n");
  return rows.map((row) => {
    const [source = "", destination = "", icmp = "", info = ""] = row.split("\t");
    const addresses = [...source.split(","), ...destination.split(",")].filter((each) => each !== "");
    return { addresses, icmpTypes: icmp.split(","), info };
  });
}

describe("--evidence", { concurrency: true }, () => {
  test(
    "doctor --evidence: a file per finding, with the packets of its look and no others",
    limit,
    async (t) => {
      const { near, farAddress } = await makePair(t);
      const folder = join(await folderOf(t), "proof");
      const text = await output(
        near.run(node, command, "doctor", "--sip", `${farAddress}:5070`, "--evidence", folder, "--json"),
      );
      const { evidence, findings } = JSON.parse(text) as {
        evidence: { rule: string; subject: string; file: string; packets: number }[];
        findings: { rule: string; subject: string }[];
      };
      assert.ok(findings.some(({ rule }) => rule === "N1"));
      const closed = evidence.find(({ rule }) => rule === "N1");
      assert.ok(closed !== undefined);
      const rows = await rowsOf(near, closed.file);
      assert.equal(rows.length, closed.packets);
      // The port is closed: the host said so by ICMP, and that is the proof.
      assert.ok(rows.some(({ icmpTypes }) => icmpTypes.includes("3")));
      assert.deepEqual(
        rows.filter(({ addresses }) => !addresses.includes(farAddress)),
        [],
      );
      assert.equal((await stat(closed.file)).mode & 0o777, 0o600);
      assert.deepEqual(
        (await readdir(folder)).toSorted(),
        evidence.map(({ file }) => file.slice(folder.length + 1)).toSorted(),
      );
    },
  );

  for (const [way, words] of [
    ["the wire", []],
    [
      "its sockets, without the right to capture",
      ["setpriv", "--bounding-set=-net_raw,-net_admin", "--inh-caps=-net_raw,-net_admin"],
    ],
  ] as const)
    test(`diag call --evidence keeps a call from ${way}`, limit, async (t) => {
      const { near, far, nearAddress, farAddress } = await makePair(t);
      const folder = await folderOf(t);
      far.start("sipp", ["-sn", "uas", "-i", farAddress, "-p", "5080", "-nostdin", "-m", "1"], {
        cwd: folder,
      });
      const file = join(folder, "call.pcap");
      const [program = node, ...rest] = [...words, node];
      const call = ["diag", "call", `600@${farAddress}:5080`, "--seconds", "1", "--evidence", file];
      await output(near.run(program, ...rest, command, ...call));
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      const rows = await rowsOf(near, file);
      assert.ok(rows.some(({ info }) => info.includes("INVITE sip:600@")));
      assert.ok(rows.some(({ info }) => info.includes("200 OK")));
      assert.deepEqual(
        rows.filter(
          ({ addresses }) => !addresses.every((each) => each === farAddress || each === nearAddress),
        ),
        [],
      );
      const [seen] = explained(await readFile(file)).calls;
      assert.match(seen?.course.outcome ?? "", /^answered/u);
    });
});
