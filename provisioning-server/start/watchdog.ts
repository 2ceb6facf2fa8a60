import { Worker } from "node:worker_threads";

/** operations.md section 3. */
const longestStuck = 10_000;

/**
 * Ends this process, which cannot end itself any more, when its main loop has not turned for ten seconds; whoever runs it
 * (systemd) starts it again.
 *
 * @returns what ends the watch.
 */
export function startWatchdog(longest = longestStuck): () => Promise<void> {
  const every = longest / 10;
  const turns = new SharedArrayBuffer(4);
  const counter = new Int32Array(turns);
  const turning = setInterval(() => Atomics.add(counter, 0, 1), every / 2);
  turning.unref();
  const thread = new URL("watchdog-thread.ts", import.meta.url);
  const worker = new Worker(thread, { workerData: { turns, every, longest }, execArgv: [] });
  worker.unref();
  return async () => {
    clearInterval(turning);
    await worker.terminate();
  };
}
