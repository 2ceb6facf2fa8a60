/** The leaves of a settings object as path and text, in the order they stand: `server.host` → `pbx.example`. */
export function leavesOf(value: unknown, path: string): (readonly [string, string])[] {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([name, child]) =>
      leavesOf(child, path === "" ? name : `${path}.${name}`),
    );
  return [[path, typeof value === "string" ? value : JSON.stringify(value)]];
}
