import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/**
 * The lines of a stream as they come, chunk by chunk: all lines that a chunk ended. A line of more characters than the
 * limit is undefined, and is not kept.
 */
export async function* linesOf(stream: Readable, most: number): AsyncGenerator<(string | undefined)[]> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let tooLong = false;
  for await (const chunk of stream) {
    const parts = (rest + decoder.write(chunk as Buffer)).split("\n");
    rest = parts.pop() ?? "";
    const lines = parts.map((line, index) =>
      line.length > most || (tooLong && index === 0) ? undefined : trimmed(line),
    );
    if (parts.length > 0) tooLong = false;
    if (rest.length > most) {
      rest = "";
      tooLong = true;
    }
    if (lines.length > 0) yield lines;
  }
  rest += decoder.end();
  if (tooLong) yield [undefined];
  else if (rest !== "") yield [trimmed(rest)];
}

const trimmed = (line: string) => (line.endsWith("\r") ? line.slice(0, -1) : line);
