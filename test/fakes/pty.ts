import { closeSync, constants, openSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";
import koffi from "koffi";

/** A serial port without hardware: `path` is what an agent opens, the streams are what the device sends and hears. */
export interface Pty {
  readonly path: string;
  write(bytes: Uint8Array): void;
  onBytes(heard: (bytes: Uint8Array) => void): void;
  close(): void;
}

const libc = koffi.load(null);
const openMaster = libc.func("int posix_openpt(int flags)");
const grant = libc.func("int grantpt(int fd)");
const unlock = libc.func("int unlockpt(int fd)");
const nameOf = libc.func("int ptsname_r(int fd, _Out_ char *name, size_t length)");
const getAttributes = libc.func("int tcgetattr(int fd, _Out_ uint8_t *attributes)");
const makeRaw = libc.func("void cfmakeraw(_Inout_ uint8_t *attributes)");
const setAttributes = libc.func("int tcsetattr(int fd, int when, uint8_t *attributes)");

function must(result: number, what: string): number {
  if (result < 0) throw new Error(`${what} failed (errno ${koffi.errno()})`);
  return result;
}

/** @throws Error where the system has no ptys (Windows). */
export function openPty(): Pty {
  const master = must(openMaster(constants.O_RDWR | constants.O_NOCTTY) as number, "posix_openpt");
  must(grant(master) as number, "grantpt");
  must(unlock(master) as number, "unlockpt");
  const name = Buffer.alloc(256);
  must(nameOf(master, name, name.length) as number, "ptsname_r");
  const path = name.toString("latin1", 0, name.indexOf(0));
  // Held open, so that the master lives on between two openings by the agent; raw, so that nothing is echoed back.
  const slave = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const attributes = Buffer.alloc(256);
  must(getAttributes(slave, attributes) as number, "tcgetattr");
  makeRaw(attributes);
  must(setAttributes(slave, 0, attributes) as number, "tcsetattr");
  const input = new ReadStream(master);
  const output = new WriteStream(master);
  input.on("error", () => {});
  output.on("error", () => {});
  return {
    path,
    write: (bytes) => {
      output.write(bytes);
    },
    onBytes: (heard) => {
      input.on("data", (chunk: Buffer) => heard(chunk));
    },
    close() {
      input.destroy();
      output.destroy();
      closeSync(slave);
    },
  };
}
