import { execFile, execFileSync } from "node:child_process";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

const run = promisify(execFile);
const installed = "/usr/lib/postgresql";

/** Why no PostgreSQL can be started here; false when one can. */
export function postgresSkip(): string | false {
  if (process.getuid?.() !== 0) return "needs root, to become the user postgres";
  try {
    execFileSync("ls", [installed], { stdio: "ignore" });
    execFileSync("id", ["postgres"], { stdio: "ignore" });
    return false;
  } catch {
    return "needs PostgreSQL";
  }
}

export interface Cluster extends AsyncDisposable {
  readonly url: string;
  /** Ends the server as a failing machine does, and starts it again. */
  restart(): Promise<void>;
}

/** A PostgreSQL of the test's own on loopback, which forgets everything. */
export async function startPostgres(): Promise<Cluster> {
  const versions = await readdir(installed);
  const bin = join(installed, versions.toSorted().at(-1) ?? "", "bin");
  const folder = await mkdtemp(join(tmpdir(), "offhook-postgres-"));
  const id = async (flag: string) => Number((await run("id", [flag, "postgres"])).stdout);
  await chown(folder, await id("-u"), await id("-g"));
  const data = join(folder, "data");
  const as = (program: string, ...words: string[]) =>
    run("runuser", ["-u", "postgres", "--", join(bin, program), ...words], { cwd: folder });
  await as("initdb", "-D", data, "-A", "trust", "--no-sync", "-E", "UTF8");
  const port = await freePort();
  const settings = `-p ${port} -h 127.0.0.1 -k ${folder} -c fsync=off`;
  const start = () => as("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", settings, "start");
  const stop = (mode: string) => as("pg_ctl", "-D", data, "-w", "-m", mode, "stop");
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async restart() {
      await stop("immediate");
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop("immediate");
      await rm(folder, { recursive: true });
    },
  };
}
