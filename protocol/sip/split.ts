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
  const start = trimStartLws(text);
  return { text: trimEndLws(start), at: at + text.length - start.length };
}

// SIP's white space is space, tab and line ends. JavaScript's trim() takes many more, among them U+00A0, which in a Latin-1
// view of UTF-8 bytes is the last byte of many letters.
const isLws = (code: number): boolean => code === 32 || code === 9 || code === 13 || code === 10;

/** Without SIP's white space at the start. */
export function trimStartLws(text: string): string {
  let from = 0;
  while (isLws(text.charCodeAt(from))) from += 1;
  return from === 0 ? text : text.slice(from);
}

/** Without SIP's white space at the end. */
export function trimEndLws(text: string): string {
  let to = text.length;
  while (to > 0 && isLws(text.charCodeAt(to - 1))) to -= 1;
  return to === text.length ? text : text.slice(0, to);
}

/** Without SIP's white space at both ends. */
export function trimLws(text: string): string {
  return trimEndLws(trimStartLws(text));
}
