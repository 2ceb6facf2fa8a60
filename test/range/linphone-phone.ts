import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

// linphonec, a soft phone that provisions itself: it fetches lpconfig XML from the address in its settings file, keeps
// what it got in that same file, and registers.

/** Where it looks for its config, and whose certificates it believes. */
export interface LinphoneSetup {
  readonly configUri: string;
  /** PEM file of the one CA it trusts. */
  readonly caFile: string;
}

/** A soft phone's own folder: what it remembers from one start to the next. */
export interface LinphonePhone extends AsyncDisposable {
  /** Switches it on. With a setup it starts as new, without one it goes on with what it has. */
  start(setup?: LinphoneSetup): Promise<RunningLinphone>;
}

export interface RunningLinphone extends AsyncDisposable {
  /**
   * The first line of its log, from its start on, that matches.
   * @throws when it ends before, or within 20 s there is none; with the last lines of its log.
   */
  lineOf(pattern: RegExp): Promise<string>;
  /** Hangs up its registration and ends it, as its user would. */
  stop(): Promise<void>;
}

/** A soft phone as it comes out of the box; its folder goes with it. */
export async function linphonePhone(): Promise<LinphonePhone> {
  const home = await mkdtemp(join(tmpdir(), "offhook-linphone-"));
  // It makes its databases in there, but not the folder, and stops without a word where it is missing.
  await mkdir(join(home, ".local", "share", "linphone"), { recursive: true });
  const settings = join(home, "rc");
  return {
    async start(setup) {
      if (setup !== undefined) await writeFile(settings, settingsText(setup));
      return new Running(home, settings);
    },
    async [Symbol.asyncDispose]() {
      await rm(home, { recursive: true });
    },
  };
}

/**
 * The least that makes it provision itself. `root_ca` stands in for the roots of the machine; `verify_server_certs` and
 * `verify_server_cn` are on by default and written so that nobody wonders. mbed TLS 2.28 looks for names alone in a
 * certificate: the address must not be an IP address. Ports: SIP over UDP from any free one, and nothing else.
 */
function settingsText({ configUri, caFile }: LinphoneSetup): string {
  return [
    "[misc]",
    `config-uri=${configUri}`,
    "",
    "[sip]",
    `root_ca=${caFile}`,
    "verify_server_certs=1",
    "verify_server_cn=1",
    "bind_address=127.0.0.1",
    "sip_port=-1",
    "sip_tcp_port=0",
    "sip_tls_port=0",
    "",
  ].join("\n");
}

class Running implements RunningLinphone {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(home: string, settings: string) {
    const env = { HOME: home, PATH: process.env.PATH ?? "" };
    this.#child = spawn("linphonec", ["-c", settings, "-d", "6"], { env, stdio: "pipe" });
    this.#child.once("error", (error) => this.#end(error.message));
    this.#child.once("close", (code, signal) => this.#end(`it ended with ${signal ?? code}`));
    this.#child.stdin?.on("error", () => {}); // it may be gone before it is told to quit
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream !== null) createInterface({ input: stream }).on("line", (line) => this.#take(line));
  }

  #take(line: string): void {
    this.#lines.push(line);
    for (const look of this.#waiting) look();
  }

  #end(last: string): void {
    this.#ended = true;
    this.#take(last);
  }

  async lineOf(pattern: RegExp): Promise<string> {
    const signal = AbortSignal.timeout(20_000);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = () => {
      const found = this.#lines.find((line) => pattern.test(line));
      if (found !== undefined) resolve(found);
      else if (this.#ended || signal.aborted)
        reject(new Error(`no line like ${pattern} in:\n${this.#lines.slice(-40).join("\n")}`));
    };
    this.#waiting.add(look);
    signal.addEventListener("abort", look);
    look();
    try {
      return await promise;
    } finally {
      this.#waiting.delete(look);
      signal.removeEventListener("abort", look);
    }
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    const ended = once(this.#child, "close");
    this.#child.stdin?.write("quit\n");
    // It waits for the registrar's answer, which may be gone.
    const impatient = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(impatient);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
