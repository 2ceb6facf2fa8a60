import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { CaptureDecoder } from "../../protocol/capture/decode-capture.ts";
import type { LiveCapture, LiveEnd, LiveOptions, NoCapture } from "./live-capture.ts";

type Tcpdump = ChildProcessByStdio<null, Readable, Readable>;

/** Captures with tcpdump as a child, where libpcap cannot be called. */
export async function startTcpdump(options: LiveOptions): Promise<LiveCapture | NoCapture> {
  // -U, --immediate-mode: packets as they come, or the last second is lost at the end. Each packet then takes -s octets of
  // the ring (-B, KiB): with tcpdump's own 256 KiB of 2 MiB a burst of nine is too much. 66,000 is any IP packet whole.
  const form = ["-U", "--immediate-mode", "-s", "66000", "-B", "16384", "-n", "-w", "-"];
  const words = ["-i", options.interface, ...form];
  const child = spawn("tcpdump", options.filter === undefined ? words : [...words, "--", options.filter], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = new Said(child);
  const ended = read(child, options, said);
  const failed = await Promise.race([said.listening, ended]);
  if (failed !== undefined) return { failed: failed.failed ?? "tcpdump ended" };
  return { way: "tcpdump", ended, stop: () => child.kill("SIGINT") };
}

/** What tcpdump says on stderr. */
class Said {
  text = "";
  /** It is ready. */
  readonly listening: Promise<undefined>;

  constructor({ stderr }: Tcpdump) {
    this.listening = new Promise((resolve) => {
      stderr.setEncoding("utf8").on("data", (more: string) => {
        this.text = (this.text + more).slice(-4000);
        if (/listening on/u.test(this.text)) resolve(undefined);
      });
    });
  }
}

async function read(child: Tcpdump, { take }: LiveOptions, said: Said): Promise<LiveEnd> {
  const spawned = new Promise<string | undefined>((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("spawn", () => resolve(undefined));
  });
  const exited = once(child, "close");
  exited.catch(() => {});
  const failed = await spawned;
  if (failed !== undefined) return { failed, dropped: 0 };
  const decoder = new CaptureDecoder();
  for await (const chunk of child.stdout) for (const packet of decoder.feed(chunk as Buffer)) take(packet);
  await exited;
  const dropped = Number(/(\d+) packets dropped by kernel/.exec(said.text)?.[1] ?? 0);
  if (child.exitCode === 0) return { dropped };
  return { failed: said.text.trim().split("\n").at(-1) ?? "tcpdump ended", dropped };
}
