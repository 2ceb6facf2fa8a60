import { execFile, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openPty, type Pty } from "../../fakes/pty.ts";

/** A frame of a chip's file: octets, or the lines that a meter of text commands answers. */
export interface Frame {
  readonly what: string;
  readonly hex?: string;
  readonly answers?: readonly string[];
  readonly quantity: string;
  readonly value: string | null;
  readonly unit: string;
  readonly overload: string;
  readonly coupling: string;
  readonly flags: readonly string[];
}

/** What a driver of sigrok is to be told, and how the meter behind it talks. */
export interface Peer {
  /** `name:serialcomm=…`; without parity, which the C library refuses on a pty. */
  readonly driver: string;
  /** The chip sends each block twice, and sigrok takes the pair. */
  readonly twice?: true;
  /** What a command is answered with while a frame is shown; absent: the meter talks by itself. */
  readonly answer?: (heard: string, frame: Frame) => string | undefined;
  /** The command that a reading takes; none where everything that is written asks for one. */
  readonly reading?: string;
}

/** ms without a line after which a frame counts as refused. */
const patience = 3000;

const octetsOf = (frame: Frame): Buffer => Buffer.from((frame.hex ?? "").replaceAll(" ", ""), "hex");

/** sigrok-cli's lines of its first display, as they come. */
class Lines {
  readonly #child: ChildProcess;
  readonly #waiting: string[] = [];
  #text = "";
  #wake = () => {};
  talk = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (chunk) => this.#take(String(chunk)));
    child.stderr?.on("data", (chunk) => (this.talk += String(chunk)));
  }

  #take(chunk: string): void {
    this.#text += chunk;
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    this.#waiting.push(...lines.filter((line) => line.startsWith("P1: ")));
    this.#wake();
  }

  /** The next line; undefined when `ended` says so, or nothing came for long. */
  async next(ended: () => boolean = () => false): Promise<string | undefined> {
    const until = performance.now() + patience;
    for (;;) {
      const line = this.#waiting.shift();
      if (line !== undefined) return line;
      if (ended() || performance.now() > until || this.#child.exitCode !== null) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/**
 * One run of sigrok-cli, to which all frames are shown one after the other.
 * @returns what it printed for each; undefined where it printed nothing.
 */
export async function readBySigrok(
  peer: Peer,
  frames: readonly Frame[],
  shim: string,
): Promise<(string | undefined)[]> {
  const pty = openPty();
  const [name = "", ...rest] = peer.driver.split(":");
  const child = execFile(
    "sigrok-cli",
    ["-d", [name, `conn=${pty.path}`, ...rest].join(":"), "--continuous"],
    { timeout: 120_000, env: { ...process.env, LD_PRELOAD: shim } },
    () => {},
  );
  const lines = new Lines(child);
  try {
    return peer.answer === undefined
      ? await showByItself(pty, peer, frames, lines)
      : await showWhenAsked(pty, peer, frames, lines);
  } finally {
    // Still reading: its end is waited for, so that nothing of it outlives the test.
    const over = child.exitCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL");
    await over;
    pty.close();
  }
}

/** Until the first line the first frame is repeated, for sigrok looks for the meter first; then one frame, one line. */
async function showByItself(
  pty: Pty,
  peer: Peer,
  frames: readonly Frame[],
  lines: Lines,
): Promise<(string | undefined)[]> {
  const [first, second, ...others] = frames;
  if (first === undefined || second === undefined) throw new Error("two frames at least");
  const send = (frame: Frame) => {
    const octets = octetsOf(frame);
    pty.write(peer.twice === true ? Buffer.concat([octets, octets]) : octets);
  };
  const timer = setInterval(() => send(first), 40);
  const shown: (string | undefined)[] = [];
  try {
    shown.push(await lines.next());
  } finally {
    clearInterval(timer);
  }
  if (shown[0] === undefined) throw new Error(`sigrok-cli gave no reading: ${lines.talk.slice(0, 300)}`);
  send(second);
  let line = await lines.next();
  while (line === shown[0]) line = await lines.next();
  shown.push(line);
  for (const frame of others) {
    send(frame);
    shown.push(await lines.next());
  }
  return shown;
}

/** A frame stands until its reading was asked for twice: the line after the second answer is no longer the one before. */
async function showWhenAsked(
  pty: Pty,
  peer: Peer,
  frames: readonly Frame[],
  lines: Lines,
): Promise<(string | undefined)[]> {
  let current = frames[0];
  let asked = 0;
  let text = "";
  pty.onBytes((bytes) => {
    text += Buffer.from(bytes).toString("latin1");
    const commands = peer.reading === undefined ? [text] : text.split(/[\r\n]+/);
    text = peer.reading === undefined ? "" : (commands.pop() ?? "");
    for (const command of commands.filter((each) => each !== "")) {
      const said = current === undefined ? undefined : peer.answer?.(command, current);
      if (said !== undefined) pty.write(Buffer.from(said, "latin1"));
      if (command === (peer.reading ?? command)) asked += 1;
    }
  });
  const shown: (string | undefined)[] = [];
  for (const frame of frames) {
    current = frame;
    asked = 0;
    let line: string | undefined;
    do line = await lines.next(() => asked >= 4);
    while (line !== undefined && asked < 2);
    shown.push(line);
  }
  if (shown.every((line) => line === undefined))
    throw new Error(`sigrok-cli gave no reading: ${lines.talk.slice(0, 300)}`);
  return shown;
}
