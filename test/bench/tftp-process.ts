// The TFTP door alone, with answers out of memory, as a process of its own: what the door itself can do.
// `tftp-process.ts SERVED`: serves every file of that folder; its first line says a `TftpProcess`.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import { buildTftpDoor } from "../../provisioning-server/doors/tftp-door.ts";
import { fileAnswer, noAnswer } from "../fakes/open-doors.ts";
import { sayAndServe, startOwnProcess } from "./own-process.ts";

export interface TftpProcess {
  readonly port: number;
}

export const startTftp = (served: string) => startOwnProcess<TftpProcess>(import.meta.filename, [served]);

async function serve(served: string): Promise<void> {
  const names = globSync("**", { cwd: served, withFileTypes: true }).filter((entry) => entry.isFile());
  const answers = new Map(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(served.length);
      return [name, fileAnswer(name, readFileSync(path))];
    }),
  );
  const door = buildTftpDoor({
    listed: () => true,
    answer: async ({ path }: PhoneRequest) => answers.get(path) ?? noAnswer,
    record: () => {},
    crash(error) {
      console.error(error);
      process.exit(1);
    },
  });
  sayAndServe((await door.listen({ host: "127.0.0.1", port: 0 })) satisfies TftpProcess);
}

if (process.argv[1] === import.meta.filename) await serve(process.argv[2] ?? "");
