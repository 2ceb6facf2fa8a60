import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../agent/cli/bin.js", import.meta.url));

/** `offhook …` as a process of its own, as a user starts it. */
export interface Offhook extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly talk: () => string;
  /** Waits for a line of stdout or stderr that matches. @throws when the process ends first. */
  line(pattern: RegExp): Promise<string>;
  /** @returns the exit code. */
  ended(): Promise<number | null>;
}

export function startOffhook(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Offhook {
  const child = spawn(process.execPath, [bin, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...environment },
  });
  const said = { out: "", err: "" };
  const listeners = new Set<() => void>();
  const hear = (key: "out" | "err") => (chunk: Buffer) => {
    said[key] += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", hear("out"));
  child.stderr.on("data", hear("err"));
  const ending = once(child, "close").then(([code]) => code as number | null);
  return {
    child,
    output: () => said.out,
    talk: () => said.err,
    ended: () => ending,
    async [Symbol.asyncDispose]() {
      // A test that failed half-way must not leave its process behind.
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ending;
    },
    line(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = `${said.out}\n${said.err}`.split("\n").find((line) => pattern.test(line));
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        void ending.then((code) =>
          reject(new Error(`ended with ${String(code)} before ${pattern}: ${said.err}`)),
        );
        look();
      });
    },
  };
}
