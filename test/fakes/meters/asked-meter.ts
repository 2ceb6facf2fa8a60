import { openPty, type Pty } from "../pty.ts";

/** A device on a pty that answers what it is asked. */
export interface AskedMeter {
  readonly path: string;
  /** Every byte the agent ever wrote to it, as Latin-1 text. */
  readonly heard: () => string;
  stop(): void;
}

/** @param answer what a command is answered with, octet for octet; undefined is silence. */
export function startAskedMeter(
  terminator: RegExp,
  answer: (command: string, count: number) => string | undefined,
): AskedMeter {
  const pty: Pty = openPty();
  let heard = "";
  let text = "";
  let count = 0;
  pty.onBytes((bytes) => {
    const came = Buffer.from(bytes).toString("latin1");
    heard += came;
    text += came;
    for (let found = terminator.exec(text); found !== null; found = terminator.exec(text)) {
      const command = text.slice(0, found.index);
      text = text.slice(found.index + found[0].length);
      if (command.trim() === "" && found[0].trim() === "") continue;
      const said = answer(command === "" ? found[0] : command, count);
      count += 1;
      if (said !== undefined) pty.write(Buffer.from(said, "latin1"));
    }
  });
  return { path: pty.path, heard: () => heard, stop: () => pty.close() };
}

/** One QDDA line of a Fluke 289 that shows volts. */
export function qdda(volts: number, mode = "V_DC", unit = "VDC", modes: readonly string[] = []): string {
  const group = (id: string) => `${id},${volts.toFixed(3)},${unit},0,3,5,NORMAL,NONE,1794992400.250`;
  return `${mode},NONE,AUTO,${unit},500,0,ON,0.000,${[modes.length, ...modes].join(",")},2,${group("LIVE")},${group("PRIMARY")}`;
}

/** A Fluke 289: one digit and CR, then the line. */
export function startFluke289(volts: number, acks: (count: number) => string = () => "0"): AskedMeter {
  return startAskedMeter(/\r/, (command, count) => {
    const ack = acks(count);
    if (ack !== "0") return `${ack}\r`;
    if (command === "ID") return "0\rFLUKE 289,V1.16,95081087\r";
    return command === "QDDA" ? `0\r${qdda(volts)}\r` : "1\r";
  });
}

/** A Fluke 45 that echoes and prompts. */
export function startFluke45(volts: number, options: { readonly echo?: boolean } = {}): AskedMeter {
  const answers: Readonly<Record<string, string>> = {
    "*IDN?": "FLUKE, 45, 1234567, 1.0 D1.0",
    "FUNC1?": "VDC",
    "VAL1?": `+${volts.toFixed(3)}E+0`,
    "MOD?": "0",
  };
  return startAskedMeter(/\r\n/, (command) => {
    const echo = options.echo === true ? `${command}\r\n` : "";
    const answer = answers[command.trim().toUpperCase()];
    return answer === undefined ? `${echo}?>\r\n` : `${echo}${answer}\r\n=>\r\n`;
  });
}

/** A Metex: one octet D, 14 octets back. */
export function startMetex(text: (count: number) => string | undefined): AskedMeter {
  return startAskedMeter(/D/, (_, count) => text(count));
}

/** A UPS of the Q1 kind, which a wrong letter would switch off. */
export function startQ1Ups(line: string): AskedMeter {
  return startAskedMeter(/\r/, (command) => (command === "Q1" ? `${line}\r` : undefined));
}
