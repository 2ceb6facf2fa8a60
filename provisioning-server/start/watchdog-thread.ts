import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";

// The thread of watchdog.ts. It counts its own ticks, so that a machine that slept is not taken for a process that is stuck.

const { turns, every, longest } = workerData as {
  readonly turns: SharedArrayBuffer;
  readonly every: number;
  readonly longest: number;
};
const counter = new Int32Array(turns);
let seen = -1;
let stuck = 0;

setInterval(() => {
  const now = Atomics.load(counter, 0);
  stuck = now === seen ? stuck + every : 0;
  seen = now;
  if (stuck < longest) return;
  const time = new Date().toISOString();
  const line = { level: "fatal", time, event: "stuck", ms: stuck, msg: "the main loop does not turn" };
  // The log's own writer lives on the main loop.
  writeSync(2, `${JSON.stringify(line)}\n`);
  process.kill(process.pid, "SIGKILL");
}, every);
