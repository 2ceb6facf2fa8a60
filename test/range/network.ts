import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// Network namespaces for tests: real links, real nftables, nothing of the machine's own network.

const run = promisify(execFile);

/** Why a test that makes namespaces and runs these commands cannot run here; false when it can. */
export function rangeSkip(...commands: readonly string[]): string | false {
  if (process.platform !== "linux") return "needs Linux";
  if (process.getuid?.() !== 0) return "needs root";
  for (const command of ["ip", ...commands]) {
    try {
      execFileSync("which", [command], { stdio: "ignore" });
    } catch {
      return `needs ${command}`;
    }
  }
  return false;
}

/** One network namespace; what runs in it sees its links alone. */
export interface Namespace {
  readonly name: string;
  /** Runs a command to its end and gives its stdout. @throws with its stderr when it fails. */
  run(command: string, ...words: readonly string[]): Promise<string>;
  /** Loads nftables statements: one per line, as nft refuses chains squeezed into one. */
  nft(rules: string): Promise<void>;
  /** Starts a program that goes on; it is ended with the test. */
  start(command: string, words: readonly string[], options?: { readonly cwd?: string }): ChildProcess;
}

interface Test {
  after(done: () => Promise<void> | void): void;
}

let count = 0;

/** A new namespace with its loopback up, removed after the test together with what runs in it. */
export async function makeNamespace(t: Test): Promise<Namespace> {
  const name = `offhook-${process.pid}-${(count += 1)}`;
  await run("ip", ["netns", "add", name]);
  const children: ChildProcess[] = [];
  t.after(async () => {
    for (const child of children) await endChild(child);
    await run("ip", ["netns", "del", name]);
  });
  const inside = (command: string, words: readonly string[]) => ["netns", "exec", name, command, ...words];
  await run("ip", ["-n", name, "link", "set", "lo", "up"]);
  return {
    name,
    async run(command, ...words) {
      return (await run("ip", inside(command, words), { maxBuffer: 1 << 24 })).stdout;
    },
    async nft(rules) {
      const loading = run("ip", inside("nft", ["-f", "-"]));
      loading.child.stdin?.end(rules);
      await loading;
    },
    start(command, words, options = {}) {
      const child = spawn("ip", inside(command, words), { ...options, stdio: ["ignore", "pipe", "pipe"] });
      children.push(child);
      return child;
    },
  };
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), 3000);
  await ended;
  clearTimeout(killer);
}

export interface Side {
  readonly namespace: Namespace;
  /** With its prefix length, such as `10.91.0.1/24`. */
  readonly address: string;
}

/** Joins two namespaces by a veth pair. Gives the names of both ends, which nft and `ip` ask for. */
export async function join(a: Side, b: Side): Promise<readonly [string, string]> {
  const id = `${process.pid.toString(36)}${(count += 1).toString(36)}`;
  const ends = [`v${id}a`, `v${id}b`] as const;
  const [first, second] = ends;
  const to = ["peer", "name", second, "netns", b.namespace.name];
  await run("ip", ["link", "add", first, "netns", a.namespace.name, "type", "veth", ...to]);
  for (const [end, { namespace, address }] of [
    [first, a],
    [second, b],
  ] as const) {
    await run("ip", ["-n", namespace.name, "address", "add", address, "dev", end]);
    await run("ip", ["-n", namespace.name, "link", "set", end, "up"]);
  }
  return ends;
}

/** Two namespaces with a cable between them: 10.91.0.1 and 10.91.0.2. */
export async function makePair(t: Test) {
  const near = await makeNamespace(t);
  const far = await makeNamespace(t);
  await join({ namespace: near, address: "10.91.0.1/24" }, { namespace: far, address: "10.91.0.2/24" });
  return { near, far, nearAddress: "10.91.0.1", farAddress: "10.91.0.2" };
}

/** Packets that an nft rule with `counter` and this comment has seen. */
export async function countedPackets(namespace: Namespace, comment: string): Promise<number> {
  const line = (await namespace.run("nft", "list", "ruleset"))
    .split("\n")
    .find((each) => each.includes(`comment "${comment}"`));
  const packets = /counter packets (\d+)/u.exec(line ?? "")?.[1];
  if (packets === undefined) throw new Error(`no nft rule with a counter and the comment ${comment}`);
  return Number(packets);
}

/** Resolves with the first line of stdout or stderr that matches. @throws when the program ends before. */
export async function lineOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  const lines: string[] = [];
  const found = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (pattern.test(line)) found.resolve(line);
    });
  }
  child.once("error", found.reject);
  child.once("exit", () => found.reject(new Error(`it ended before ${pattern}: ${lines.join("\n")}`)));
  return found.promise;
}

/** The `offhook` command as words for Namespace.run() and start(). */
export const offhook = [
  process.execPath,
  fileURLToPath(new URL("../../agent/cli/bin.js", import.meta.url)),
] as const;
