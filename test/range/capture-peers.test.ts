import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { CaptureAnalysis } from "../../agent/capture/capture-analysis.ts";
import { storyOf } from "../../agent/capture/capture-story.ts";
import { CaptureDecoder } from "../../protocol/capture/decode-capture.ts";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { cseqOf } from "../../protocol/sip/message.ts";
import { startProxy } from "./capture-proxy.ts";
import { lineOf, makePair, rangeSkip, type Namespace } from "./network.ts";

// Soft phones that call each other through a proxy, over UDP and over TCP, on a line that loses some of the audio: what
// tshark reads in the capture is what we read.

const limit = { skip: rangeSkip("baresip", "kamailio", "tcpdump", "tshark", "nft"), timeout: 60_000 };
const callee = "10.91.0.3";

interface BaresipDraft {
  readonly address: string;
  readonly port: number;
  readonly account: string;
  readonly rtpPorts: string;
  readonly modules: readonly string[];
  readonly source: string;
}

function baresipFolder(folder: string, draft: BaresipDraft): string {
  mkdirSync(folder);
  const config = [
    `sip_listen ${draft.address}:${draft.port}`,
    `audio_source ${draft.source}`,
    "audio_player aubridge,line",
    "audio_alert aubridge,bell",
    "ausrc_srate 8000",
    "auplay_srate 8000",
    "ausrc_channels 1",
    "auplay_channels 1",
    `rtp_ports ${draft.rtpPorts}`,
    "module_path /usr/lib/baresip/modules",
    "module g711.so",
    "module aubridge.so",
    "module aufile.so",
    "module_tmp account.so",
    ...draft.modules.map((each) => `module_app ${each}`),
  ];
  writeFileSync(join(folder, "config"), config.map((line) => `${line}\n`).join(""));
  writeFileSync(join(folder, "accounts"), `${draft.account};regint=0;audio_codecs=PCMU/8000/1\n`);
  writeFileSync(join(folder, "contacts"), "");
  return folder;
}

/** Ten seconds of a hum: 8 kHz, 16 bit, one channel. */
function hum(): Buffer {
  const samples = Int16Array.from({ length: 80_000 }, (_, index) => ((index % 80) - 40) * 200);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

/** One call of about three seconds through the proxy. */
async function call(near: Namespace, folder: string, proxy: string, transport: "udp" | "tcp"): Promise<void> {
  const port = transport === "udp" ? 5060 : 5070;
  const home = baresipFolder(join(folder, transport), {
    address: "10.91.0.1",
    port,
    account: `<sip:${transport}@10.91.0.1;transport=${transport}>;outbound="sip:${proxy}:5060;transport=${transport}"`,
    rtpPorts: transport === "udp" ? "41000-41099" : "41100-41199",
    modules: ["menu.so"],
    source: `aufile,${join(folder, "hum.wav")}`,
  });
  const dial = `/dial sip:echo@${callee};transport=${transport}`;
  const caller = near.start("baresip", ["-f", home, "-e", dial, "-t", "3"]);
  caller.stdout?.resume();
  caller.stderr?.resume();
  await once(caller, "exit");
}

/** A capture of both calls, made where the callee and the proxy are. */
async function captureCalls(t: TestContext): Promise<string> {
  const { near, far, farAddress } = await makePair(t);
  const folder = mkdtempSync(join(tmpdir(), "offhook-peers-"));
  t.after(() => rmSync(folder, { recursive: true }));
  await far.run("ip", "address", "add", `${callee}/32`, "dev", "lo");
  await near.nft(`table inet line {
    chain out {
      type filter hook output priority 0;
      udp sport 41000-41199 numgen inc mod 25 3 drop
    }
  }`);
  writeFileSync(join(folder, "hum.wav"), hum());
  const file = join(folder, "calls.pcap");
  // Without -s, immediate mode has room for eight packets at a time.
  const words = ["-i", "any", "-s", "4096", "--immediate-mode", "-U", "-Z", "root", "-w", file];
  const dump = far.start("tcpdump", words);
  const home = baresipFolder(join(folder, "callee"), {
    address: callee,
    port: 5060,
    account: `<sip:echo@${callee}>`,
    rtpPorts: "42000-42199",
    modules: ["echo.so"],
    source: "aubridge,line",
  });
  const echo = far.start("baresip", ["-f", home, "-v"]);
  await Promise.all([
    lineOf(dump, /listening on/u),
    startProxy(t, { namespace: far, address: farAddress, callee }),
    lineOf(echo, /baresip is ready/u),
  ]);
  await Promise.all([call(near, folder, farAddress, "udp"), call(near, folder, farAddress, "tcp")]);
  dump.kill("SIGINT");
  await lineOf(dump, /packets captured/u);
  return file;
}

/** Each message as `packet Call-ID CSeq what`, and the story. */
function ours(file: string) {
  const messages: string[] = [];
  const analysis = new CaptureAnalysis({
    onMessage(_, callId, { number }, octets) {
      const read = decodeSip(octets, { fields: false });
      assert.ok(read.ok);
      const { message } = read.value;
      const cseq = cseqOf(message);
      const what = message.kind === "request" ? message.method : message.code;
      messages.push(`${number} ${callId} ${cseq?.number} ${cseq?.method} ${what}`);
    },
  });
  for (const packet of new CaptureDecoder().feed(readFileSync(file))) analysis.take(packet);
  return { messages, story: storyOf(analysis.facts()) };
}

const sipFields = [
  "frame.number",
  "sip.Call-ID",
  "sip.CSeq.seq",
  "sip.CSeq.method",
  "sip.Method",
  "sip.Status-Code",
].flatMap((field) => ["-e", field]);

/** Of one run of tshark: its messages in the same words, and its table of streams by `source SSRC`. */
async function tsharks(file: string) {
  const fields = ["-Y", "sip", "-T", "fields", "-E", "occurrence=f", ...sipFields];
  const words = ["-n", "-r", file, ...fields, "-z", "rtp,streams"];
  const { stdout: text } = await promisify(execFile)("tshark", words);
  const [messages = "", table = ""] = text.split(/^=+ RTP Streams =+$/mu);
  return {
    messages: messages
      .trim()
      .split("\n")
      .map((row) => row.split("\t"))
      .map(
        ([number, callId, cseq, of, method, code]) =>
          `${number} ${callId} ${cseq} ${of} ${method === "" ? code : method}`,
      ),
    streams: table.split("\n").flatMap((line) => {
      const cells = /^\s*[\d.]+\s+[\d.]+\s+(\S+)\s+(\d+)\s+\S+\s+\d+\s+0x([0-9A-F]{8})\s+(.*)$/iu.exec(line);
      if (cells === null) return [];
      const figures = /(\d+)\s+(-?\d+) \(.*?%\)\s+(.*?)\s*X?$/u.exec(cells[4] ?? "");
      const [, , maxDelta, , meanJitter, maxJitter] = (figures?.[3] ?? "").split(/\s+/u).map(Number);
      return [
        {
          source: `${cells[1]}:${cells[2]}`,
          ssrc: Number.parseInt(cells[3] ?? "", 16),
          packets: Number(figures?.[1]),
          lost: Number(figures?.[2]),
          maxDelta,
          meanJitter,
          maxJitter,
        },
      ];
    }),
  };
}

const within = (about: string, mine: number | null, theirs: number | undefined) =>
  assert.ok(
    theirs !== undefined && mine !== null && Math.abs(mine - theirs) <= theirs * 0.01 + 0.002,
    `${about}: ${mine} is not ${theirs}`,
  );

test(
  "calls of baresip through kamailio, over UDP and over TCP: SIP and RTP as tshark reads them",
  limit,
  async (t) => {
    const file = await captureCalls(t);
    const { messages, story } = ours(file);
    const theirs = await tsharks(file);
    assert.deepEqual(messages, theirs.messages);
    const callers = story.calls.map(({ dialogue }) => dialogue.from).toSorted();
    assert.deepEqual(callers, ["tcp@10.91.0.1", "udp@10.91.0.1"]);
    for (const { course, dialogue } of story.calls) {
      assert.match(course.outcome, /^answered, lasted \d.* s, ended by 10\.91\.0\.1:/u);
      // Two hops, of one transport.
      const invites = dialogue.exchanges.filter(({ method }) => method === "INVITE");
      assert.deepEqual(
        invites.map(({ carrier }) => carrier),
        dialogue.from.startsWith("tcp") ? ["tcp", "tcp"] : ["udp", "udp"],
      );
    }

    assert.equal(story.streams.length, 4);
    assert.equal(theirs.streams.length, 4);
    for (const stream of story.streams) {
      const own = theirs.streams.find(({ ssrc }) => ssrc === Number(stream.ssrc));
      assert.equal(stream.source, own?.source);
      assert.equal(stream.packets, own?.packets);
      assert.equal(stream.lost, own?.lost);
      within("jitter", stream.meanJitter, own?.meanJitter);
      within("largest jitter", stream.maxJitter, own?.maxJitter);
      within("longest pause", stream.maxDelta, own?.maxDelta);
      // The line drops one in 25 of what the callers send.
      if (!stream.source.startsWith("10.91.0.1:")) continue;
      assert.ok(stream.packets > 50);
      assert.ok(stream.lost > 0);
    }
  },
);
