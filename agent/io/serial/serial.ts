import { readFile, stat } from "node:fs/promises";
import { SerialPort } from "serialport";

export type SerialCode =
  | "port-missing"
  | "port-permission"
  | "port-in-use"
  | "not-a-port"
  | "bad-settings"
  | "port-unplugged"
  | "port-failed";

const advice: Record<SerialCode, string> = {
  "port-missing": "plug the cable in; `ls /dev/serial/by-id` shows what is there",
  "port-permission": "add this user to the group that owns the port (usually `dialout`) and log in again",
  "port-in-use": "another program holds the port: close it (minicom, a second agent, ModemManager)",
  "not-a-port": "this is no serial port; a USB-HID cable has none: use the meter's RS-232 cable",
  "bad-settings": "these line settings do not exist here",
  "port-unplugged": "the cable came off; plug it in again",
  "port-failed": "the port failed in a way not seen before",
};

/** A port that would not, in our own words; serialport's binding gives texts without codes, so the text decides. */
export class SerialError extends Error {
  readonly code: SerialCode;
  readonly advice: string;

  constructor(code: SerialCode, raw: string, more: { readonly advice?: string } = {}) {
    super(raw);
    this.code = code;
    this.advice = more.advice ?? advice[code];
  }
}

const texts: readonly (readonly [string, SerialCode])[] = [
  ["No such file or directory", "port-missing"],
  ["No such device", "port-missing"],
  ["Permission denied", "port-permission"],
  ["Cannot lock port", "port-in-use"],
  ["Device or resource busy", "port-in-use"],
  ["Inappropriate ioctl for device setting", "not-a-port"],
  ["Is a directory", "not-a-port"],
  ["Not a tty", "not-a-port"],
  ["Invalid parity", "bad-settings"],
  ["Invalid stop bits", "bad-settings"],
  ["baudRate", "bad-settings"],
  ['"path" is not defined', "bad-settings"],
  ["bad file descriptor", "port-unplugged"],
  ["i/o error", "port-unplugged"],
  ["Port is not open", "port-unplugged"],
  ["after a stream was destroyed", "port-unplugged"],
];

export function serialError(error: unknown): SerialError {
  if (error instanceof SerialError) return error;
  const raw = error instanceof Error ? error.message : String(error);
  return new SerialError(texts.find(([text]) => raw.includes(text))?.[1] ?? "port-failed", raw);
}

export interface SerialOptions {
  readonly path: string;
  readonly baudRate: number;
  /** Modem lines to set after opening; both together, because the call for one raises the other. */
  readonly lines?: ModemLines;
}

export interface ModemLines {
  readonly dtr: boolean;
  readonly rts: boolean;
}

export interface SerialLink extends AsyncDisposable {
  /** What comes from now on, after what came since the opening. A port that closes by itself says so, once. */
  listen(onBytes: (bytes: Uint8Array) => void, onClose: (problem: SerialError) => void): void;
  /** @throws SerialError; nothing is kept to be sent later. */
  write(bytes: Uint8Array): Promise<void>;
  /** Sets both modem lines. A pty has none: that is no error. */
  setLines(lines: ModemLines): Promise<void>;
}

/** @throws SerialError */
export type OpenSerial = (options: SerialOptions) => Promise<SerialLink>;

/** The part of serialport's port that is used here. */
export type PortMaker = (options: { path: string; baudRate: number; autoOpen: false }) => SerialPort;

const leastBaud = 50;
const mostBaud = 4_000_000;
/** ms between two looks whether the port is still there. */
const lookEvery = 250;
/** What the system says of a port that has gone; a pty without modem lines says another thing. */
const goneForms = /input\/output error|no such device|bad file|not open/i;
/** Held for the first listener; a port that nobody listens to yet must not fill memory. */
const mostHeld = 4096;

/** serialport takes any number for a baud rate, and some bad ones silently. */
function checkSettings(options: SerialOptions): void {
  const { baudRate } = options;
  if (!Number.isInteger(baudRate) || baudRate < leastBaud || baudRate > mostBaud)
    throw new SerialError("bad-settings", `a baud rate of ${baudRate} does not exist`);
}

function opened(options: SerialOptions, make: PortMaker): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    // 7O1 and 7N2 are read as 8N1, both are ten bit times: the parity bit arrives as bit 7 and can be checked.
    const port = make({ path: options.path, baudRate: options.baudRate, autoOpen: false });
    // Without a listener an error ends the process.
    port.on("error", () => {});
    port.open((error) =>
      error === null || error === undefined ? resolve(port) : reject(serialError(error)),
    );
  });
}

/** Which group opens the port, where the system can say. */
async function groupAdvice(path: string): Promise<string | undefined> {
  try {
    const { gid } = await stat(path);
    const groups = await readFile("/etc/group", "utf8");
    const name = groups
      .split("\n")
      .find((line) => line.split(":")[2] === String(gid))
      ?.split(":")[0];
    if (name === undefined || name === "root") return undefined;
    return `add this user to the group \`${name}\`, which owns the port (usermod -aG ${name} USER), and log in again`;
  } catch {
    return undefined;
  }
}

async function explained(error: unknown, path: string): Promise<SerialError> {
  const found = serialError(error);
  if (found.code !== "port-permission") return found;
  const group = await groupAdvice(path);
  return group === undefined ? found : new SerialError(found.code, found.message, { advice: group });
}

class Link implements SerialLink {
  readonly #port: SerialPort;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #onBytes: ((bytes: Uint8Array) => void) | undefined;
  #onClose: ((problem: SerialError) => void) | undefined;
  #problem: SerialError | undefined;
  #disposing = false;
  readonly #looking: NodeJS.Timeout;

  constructor(port: SerialPort) {
    this.#port = port;
    // From the first moment: a port that nobody reads never notices an unplug.
    port.on("data", (chunk: Buffer) => this.#take(chunk));
    port.on("close", (error?: Error | null) => this.#closed(error));
    port.on("error", (error: Error) => {
      if (serialError(error).code === "port-unplugged") this.#closed(error);
    });
    this.#looking = setInterval(() => this.#look(), lookEvery);
  }

  /**
   * A port that goes away between two reads gives an end of file, which the binding takes for "nothing yet" and asks
   * again at once, for ever: no event comes, and a core is busy. So its lines are asked for now and then.
   */
  #look(): void {
    if (this.#disposing || this.#problem !== undefined) return;
    this.#port.get((error) => {
      if (error && goneForms.test(error.message)) {
        this.#closed(new Error("bad file descriptor"));
        if (this.#port.isOpen) this.#port.close(() => {});
      }
    });
  }

  #take(chunk: Uint8Array): void {
    if (this.#onBytes !== undefined) this.#onBytes(chunk);
    else {
      const part = chunk.subarray(0, mostHeld - this.#heldBytes);
      this.#held.push(part);
      this.#heldBytes += part.length;
    }
  }

  /** A lost port says so up to three times: by the failed write, by a close without and one with a reason. */
  #closed(error: Error | null | undefined): void {
    if (this.#disposing || this.#problem !== undefined) return;
    clearInterval(this.#looking);
    this.#problem = error
      ? serialError(error)
      : new SerialError("port-unplugged", "the port closed by itself");
    this.#onClose?.(this.#problem);
  }

  listen(onBytes: (bytes: Uint8Array) => void, onClose: (problem: SerialError) => void): void {
    this.#onBytes = onBytes;
    this.#onClose = onClose;
    for (const chunk of this.#held.splice(0)) onBytes(chunk);
    this.#heldBytes = 0;
    if (this.#problem !== undefined) onClose(this.#problem);
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      // Bytes written to a closed port would be kept and sent to whatever is plugged in next.
      if (!this.#port.isOpen || this.#problem !== undefined || this.#disposing)
        reject(this.#problem ?? new SerialError("port-unplugged", "the port is closed"));
      else this.#port.write(bytes, (error) => (error ? reject(serialError(error)) : resolve()));
    });
  }

  setLines(lines: ModemLines): Promise<void> {
    return new Promise((resolve) => {
      // A pty has no modem lines: that is no reason to refuse a meter behind one.
      this.#port.set({ dtr: lines.dtr, rts: lines.rts, cts: false, brk: false }, () => resolve());
    });
  }

  /** destroy() would keep the lock; only close() and its callback count, also after a failed write. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing = true;
    clearInterval(this.#looking);
    return new Promise((resolve) => (this.#port.isOpen ? this.#port.close(() => resolve()) : resolve()));
  }
}

/** An opener over a maker of ports; tests hand in one that records what is set. */
export function serialOpener(make: PortMaker): OpenSerial {
  return async (options) => {
    checkSettings(options);
    let port: SerialPort;
    try {
      // Awaited to its end also where nobody wants the port any more: closing while opening leaves it open.
      port = await opened(options, make);
    } catch (error) {
      throw await explained(error, options.path);
    }
    const link = new Link(port);
    if (options.lines !== undefined) await link.setLines(options.lines);
    return link;
  };
}

/** Opens a serial port as 8N1. One object per connection: after an error or a close, open a new one. */
export const openSerial: OpenSerial = serialOpener((options) => new SerialPort(options));
