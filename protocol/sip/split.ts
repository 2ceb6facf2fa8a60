/** A piece of a text, and where it starts in it. */
export interface Piece {
  readonly text: string;
  readonly at: number;
}

/**
 * Splits at `separator`, but not inside `"…"` (with `\` escapes) nor `<…>`; pieces are trimmed of white space.
 * An open quote or bracket runs to the end.
 */
export function splitOutsideQuotes(text: string, separator: string): Piece[] {
  if (!text.includes(separator)) return [trimmed(text, 0)];
  const pieces: Piece[] = [];
  let from = 0;
  let quoted = false;
  let angle = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === "\\") at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "<") angle = true;
    else if (char === ">") angle = false;
    else if (char === separator && !angle) {
      pieces.push(trimmed(text.slice(from, at), from));
      from = at + 1;
    }
  }
  pieces.push(trimmed(text.slice(from), from));
  return pieces;
}

/** The text without white space at its ends, and where it now starts. */
export function trimmed(text: string, at: number): Piece {
  const start = text.trimStart();
  return { text: start.trimEnd(), at: at + text.length - start.length };
}
