/** The last of what came, octet for octet. */
const mostKept = 65_536;

/** A console's octets: kept in a ring, shown as lines with control characters as escapes, never interpreted. */
export class Transcript {
  #kept: Buffer = Buffer.alloc(0);
  #line = "";
  bytes = 0;

  /** @returns the lines that this chunk ended, fit for a terminal. */
  take(chunk: Uint8Array): string[] {
    this.bytes += chunk.length;
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-mostKept);
    const parts = (this.#line + Buffer.from(chunk).toString("latin1")).split("\n");
    this.#line = parts.pop() ?? "";
    // A console at the wrong speed is an endless line.
    if (this.#line.length > 4096) {
      parts.push(this.#line);
      this.#line = "";
    }
    return parts.map((line) => escaped(line.replace(/\r+$/, "")));
  }

  /** What came after the last line end, such as a prompt. */
  get unended(): string {
    return escaped(this.#line);
  }

  get kept(): Uint8Array {
    return this.#kept;
  }
}

/** Control characters and everything above ASCII as `\xNN`, so that a console cannot move the terminal's cursor. */
export function escaped(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[\x00-\x08\x0a-\x1f\x7f-\xff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
