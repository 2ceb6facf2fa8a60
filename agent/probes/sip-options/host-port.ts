/** `HOST`, `HOST:PORT`, `[v6]`, `[v6]:PORT` or a bare IPv6 address; undefined for anything else. */
export function tryParseHostPort(
  text: string,
  defaultPort: number,
): { readonly host: string; readonly port: number } | undefined {
  const match =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/@[\]]+)|([0-9A-Fa-f:.]+:[0-9A-Fa-f:.]*))(?::(\d{1,5}))?$/.exec(text);
  const bare = match?.[3];
  // Of a bare IPv6 address every colon belongs to the address.
  if (bare !== undefined) return { host: text, port: defaultPort };
  const host = match?.[1] ?? match?.[2];
  const port = match?.[4] === undefined ? defaultPort : Number(match[4]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** `USER@HOST[:PORT]` taken apart; the user is "" where nothing stands before the last @. */
export function splitUserAt(text: string, defaultPort: number) {
  const at = text.lastIndexOf("@");
  return {
    user: text.slice(0, Math.max(at, 0)),
    place: tryParseHostPort(text.slice(at + 1), defaultPort),
  };
}
