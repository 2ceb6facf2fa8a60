import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
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

async function rows(namespace: Namespace, file: string, filter: string): Promise<string[]> {
  const text = await namespace.run(
    "tshark",
    "-r",
    file,
    "-Y",
    filter,
    "-T",
    "fields",
    "-e",
    "frame.protocols",
  );
  return text.split("\n").filter((line) => line !== "");
}

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
    assert.equal((await rows(near, closed.file, "frame")).length, closed.packets);
    // The port is closed: the host said so by ICMP, and that is the proof.
    assert.ok((await rows(near, closed.file, "icmp.type == 3")).length > 0);
    assert.deepEqual(await rows(near, closed.file, `!(ip.addr == ${farAddress})`), []);
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
    far.start("sipp", ["-sn", "uas", "-i", farAddress, "-p", "5080", "-nostdin", "-m", "1"], { cwd: folder });
    const file = join(folder, "call.pcap");
    const [program = node, ...rest] = [...words, node];
    const call = ["diag", "call", `600@${farAddress}:5080`, "--seconds", "1", "--evidence", file];
    await output(near.run(program, ...rest, command, ...call));
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const filter = `sip.CSeq.method == "INVITE"`;
    const invites = await near.run("tshark", "-r", file, "-d", "udp.port==5080,sip", "-Y", filter);
    assert.match(invites, /INVITE/u);
    assert.match(invites, /200 OK/u);
    const strangers = await rows(near, file, `!(ip.addr == ${farAddress} or ip.addr == ${nearAddress})`);
    assert.deepEqual(strangers, []);
    const again = await output(near.run(node, command, "diag", "capture", file, "--json"));
    assert.match(
      (JSON.parse(again) as { calls: { outcome: string }[] }).calls[0]?.outcome ?? "",
      /^answered/u,
    );
  });
