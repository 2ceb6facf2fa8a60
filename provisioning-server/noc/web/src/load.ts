import { useEffect, useState } from "preact/hooks";

export type Loaded<Data> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly data: Data }
  | { readonly state: "missing" }
  | { readonly state: "failed"; readonly why: string };

/** Reads `/api/v1/noc<path>`, again whenever `version` changes; what was read stays on screen meanwhile. */
export function useLoad<Data>(path: string, version: unknown): [Loaded<Data>, (data: Data) => void] {
  const [loaded, setLoaded] = useState<Loaded<Data> & { readonly path?: string }>({ state: "loading" });
  useEffect(() => {
    const stop = new AbortController();
    void read<Data>(path, stop.signal).then((next) => {
      if (!stop.signal.aborted) setLoaded({ ...next, path });
    });
    return () => stop.abort();
  }, [path, version]);
  const current = loaded.path === path ? loaded : { state: "loading" as const };
  return [current, (data) => setLoaded({ state: "ready", data, path })];
}

async function read<Data>(path: string, signal: AbortSignal): Promise<Loaded<Data>> {
  try {
    const reply = await fetch(`/api/v1/noc${path}`, { signal });
    if (reply.status === 401) location.assign("/sign-in");
    if (reply.status === 404) return { state: "missing" };
    if (!reply.ok) return { state: "failed", why: `the server answered ${reply.status}` };
    return { state: "ready", data: (await reply.json()) as Data };
  } catch {
    return { state: "failed", why: "the server cannot be reached" };
  }
}

/** Undefined when done, else why not. */
export async function post(path: string, body: unknown): Promise<string | undefined> {
  try {
    const reply = await fetch(`/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (reply.ok) return undefined;
    const problem = (await reply.json()) as { readonly detail?: string };
    return problem.detail ?? `The server answered ${reply.status}.`;
  } catch {
    return "The server cannot be reached.";
  }
}

/** What the server says of an order it took in; else, in words, why it did not. */
export async function order<Stand>(path: string): Promise<Stand | string> {
  try {
    const reply = await fetch(`/api/v1${path}`, { method: "POST" });
    const body = (await reply.json()) as Stand & { readonly detail?: string };
    return reply.ok ? body : (body.detail ?? `The server answered ${reply.status}.`);
  } catch {
    return "The server cannot be reached.";
  }
}
