/** Lines of text end in CR, LF, CR LF or LF CR; an endless one, as a console at the wrong speed sends, must not fill memory. */
const mostText = 4096;

/** Splits octets into lines, in Latin-1: B0 is the degree sign of many meters and no broken UTF-8. */
export class LineSplitter {
  #text = "";
  /** Octets dropped because no line end came. */
  dropped = 0;

  /** @returns the lines that this chunk ended, without empty ones. */
  take(chunk: Uint8Array): string[] {
    const parts = (this.#text + Buffer.from(chunk).toString("latin1")).split(/[\r\n]/);
    const rest = parts.pop() ?? "";
    this.#text = rest.slice(-mostText);
    this.dropped += rest.length - this.#text.length;
    return parts.filter((line) => line !== "").map((line) => line.slice(-mostText));
  }

  /** Forgets a line that has only begun. @returns how long it was. */
  forget(): number {
    const { length } = this.#text;
    this.#text = "";
    return length;
  }
}
