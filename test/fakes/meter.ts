import { openPty } from "./pty.ts";

/** A simulated multimeter on a pty. */
export interface FakeMeter {
  readonly path: string;
  /** What it shows from now on, volts. */
  show(volts: number): void;
  /** Every byte the agent ever wrote to it. */
  readonly heard: () => Uint8Array;
  /** Sends bytes as they are. */
  send(bytes: Uint8Array): void;
  stop(): void;
}

/** One ES51922 frame (UNI-T UT61E): volts DC, auto, in the 220 V range; odd parity in bit 7 as an 8N1 reader sees it. */
export function ut61eFrame(volts: number): Uint8Array {
  const counts = Math.round(Math.abs(volts) * 100);
  const digits = String(counts).padStart(5, "0").split("").map(Number);
  const status = volts < 0 ? 4 : 0;
  const nibbles = [2, ...digits, 0xb, status, 0, 0, 0xa, 0];
  const bytes = [...nibbles.map((nibble) => 0x30 | nibble), 0x0d, 0x0a];
  return Uint8Array.from(bytes, withOddParity);
}

function withOddParity(byte: number): number {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones % 2 === 1 ? byte : byte | 0x80;
}

/** A UT61E that shows `volts` twice a second, by itself. */
export function startUt61e(volts: number, options: { readonly every?: number } = {}): FakeMeter {
  const pty = openPty();
  const heard: number[] = [];
  let shown = volts;
  pty.onBytes((bytes) => heard.push(...bytes));
  const timer = setInterval(() => pty.write(ut61eFrame(shown)), options.every ?? 500);
  return {
    path: pty.path,
    show: (next) => {
      shown = next;
    },
    heard: () => Uint8Array.from(heard),
    send: (bytes) => pty.write(bytes),
    stop() {
      clearInterval(timer);
      pty.close();
    },
  };
}

/** An HP 34401A that speaks SCPI: answers CONF? and READ?, refuses them until SYST:REM, keeps its function. */
export function startScpiMeter(volts: number, options: { readonly configuration?: string } = {}): FakeMeter {
  const pty = openPty();
  const heard: number[] = [];
  const configuration = options.configuration ?? '"VOLT +1.000000E+02,+1.000000E-04"';
  let shown = volts;
  let remote = false;
  let text = "";
  const answer = (line: string) => pty.write(Buffer.from(`${line}\r\n`, "latin1"));
  const take = (command: string) => {
    if (command === "SYST:REM") remote = true;
    if (command === "SYST:LOC") remote = false;
    if (!remote) return;
    if (command === "CONF?") answer(configuration);
    if (command === "READ?")
      answer(`${shown < 0 ? "-" : "+"}${Math.abs(shown).toExponential(8).toUpperCase()}`);
  };
  pty.onBytes((bytes) => {
    heard.push(...bytes);
    text += Buffer.from(bytes).toString("latin1");
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) take(line.trim());
  });
  return {
    path: pty.path,
    show: (next) => {
      shown = next;
    },
    heard: () => Uint8Array.from(heard),
    send: (bytes) => pty.write(bytes),
    stop: () => pty.close(),
  };
}
