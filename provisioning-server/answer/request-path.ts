// Longer paths than this are no phone's: file names stay under 255 octets and folders are few.
const longest = 1024;

/** Percent escapes as UTF-8; what is no escape stays as it is. */
function unescape(text: string): string {
  return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

/**
 * The segments of a path as phones ask it: without scheme and host, query, percent escapes, doubled or backward slashes,
 * `.` and `..`, and blanks around names. `[]` for what no phone would ask.
 */
export function pathSegments(path: string): string[] {
  if (path.length > longest) return [];
  const plain = path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "").replace(/[?#].*$/s, "");
  const segments: string[] = [];
  for (const segment of unescape(plain).replaceAll("\\", "/").split("/")) {
    const name = segment.trim();
    if (name === "..") segments.pop();
    else if (name !== "" && name !== ".") segments.push(name);
  }
  return segments;
}
