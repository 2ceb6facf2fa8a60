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

  constructor(code: SerialCode, raw: string) {
    super(raw);
    this.code = code;
    this.advice = advice[code];
  }
}

const texts: readonly (readonly [string, SerialCode])[] = [
  ["No such file or directory", "port-missing"],
  ["Permission denied", "port-permission"],
  ["Cannot lock port", "port-in-use"],
  ["Device or resource busy", "port-in-use"],
  ["Inappropriate ioctl for device setting", "not-a-port"],
  ["Is a directory", "not-a-port"],
  ["Not a tty", "not-a-port"],
  ["Invalid parity", "bad-settings"],
  ["Invalid stop bits", "bad-settings"],
  ["baudRate", "bad-settings"],
  ["bad file descriptor", "port-unplugged"],
  ["i/o error", "port-unplugged"],
];

function serialError(error: unknown): SerialError {
  const raw = error instanceof Error ? error.message : String(error);
  return new SerialError(texts.find(([text]) => raw.includes(text))?.[1] ?? "port-failed", raw);
}

export interface SerialOptions {
  readonly path: string;
  readonly baudRate: number;
  /** Modem lines to set after opening; both together, because the call for one raises the other. */
  readonly lines?: { readonly dtr: boolean; readonly rts: boolean };
}

export interface SerialLink extends AsyncDisposable {
  /** A port that nobody reads never notices an unplug: listen, even to a device one only writes to. */
  listen(onBytes: (bytes: Uint8Array) => void, onClose: (problem: SerialError) => void): void;
  write(bytes: Uint8Array): Promise<void>;
}

/** @throws SerialError */
export type OpenSerial = (options: SerialOptions) => Promise<SerialLink>;

function opened(options: SerialOptions): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    // 7O1 and 7N2 are read as 8N1, both are ten bit times: the parity bit arrives as bit 7 and can be checked.
    const port = new SerialPort({ path: options.path, baudRate: options.baudRate, autoOpen: false });
    port.on("error", () => {});
    port.open((error) =>
      error === null || error === undefined ? resolve(port) : reject(serialError(error)),
    );
  });
}

function setLines(port: SerialPort, lines: { dtr: boolean; rts: boolean }): Promise<void> {
  return new Promise((resolve) => {
    // A pty has no modem lines: that is no reason to refuse a meter behind one.
    port.set({ dtr: lines.dtr, rts: lines.rts, cts: false, brk: false }, () => resolve());
  });
}

/** destroy() would keep the lock; only close() and its callback count. */
function closed(port: SerialPort): Promise<void> {
  return new Promise((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve()));
}

/** Opens a serial port as 8N1. One object per connection: after an error or a close, open a new one. */
export const openSerial: OpenSerial = async (options) => {
  let port: SerialPort;
  try {
    port = await opened(options);
  } catch (error) {
    throw error instanceof SerialError ? error : serialError(error);
  }
  if (options.lines !== undefined) await setLines(port, options.lines);
  return {
    listen(onBytes, onClose) {
      port.on("data", (chunk: Buffer) => onBytes(chunk));
      port.on("close", (error?: Error | null) => {
        if (error !== undefined && error !== null) onClose(serialError(error));
      });
    },
    write(bytes) {
      return new Promise((resolve, reject) => {
        // Bytes written to a closed port would be kept and sent to whatever is plugged in next.
        if (!port.isOpen) reject(new SerialError("port-unplugged", "the port is closed"));
        else port.write(bytes, (error) => (error ? reject(serialError(error)) : resolve()));
      });
    },
    async [Symbol.asyncDispose]() {
      await closed(port);
    },
  };
};
