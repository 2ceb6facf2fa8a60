import { openPty, type Pty } from "../pty.ts";
import type { Display, MeterFamily } from "./frames.ts";

/** A meter on a pty that talks by itself, as one of a family does. */
export interface StreamingMeter {
  readonly path: string;
  readonly pty: Pty;
  /** Every byte the agent ever wrote to it. */
  readonly heard: () => Uint8Array;
  show(display: Display): void;
  send(bytes: Uint8Array): void;
  /** Stops sending; the port stays. */
  sleep(): void;
  /** Pulls the cable. */
  stop(): void;
}

export interface StreamingOptions {
  /** ms between two frames; a test's meter is faster than a real one. */
  readonly every?: number;
  /** What becomes of a frame on its way. */
  readonly spoil?: (frame: Uint8Array, count: number) => Uint8Array;
}

export function startStreamingMeter(
  family: MeterFamily,
  display: Display,
  options: StreamingOptions = {},
): StreamingMeter {
  const pty = openPty();
  const heard: number[] = [];
  pty.onBytes((bytes) => heard.push(...bytes));
  let shown = display;
  let count = 0;
  const timer = setInterval(() => {
    const frame = family.frame(shown);
    pty.write(options.spoil?.(frame, count) ?? frame);
    count += 1;
  }, options.every ?? 15);
  let stopped = false;
  return {
    path: pty.path,
    pty,
    heard: () => Uint8Array.from(heard),
    show: (next) => {
      shown = next;
    },
    send: (bytes) => pty.write(bytes),
    sleep: () => clearInterval(timer),
    stop() {
      clearInterval(timer);
      if (!stopped) pty.close();
      stopped = true;
    },
  };
}
