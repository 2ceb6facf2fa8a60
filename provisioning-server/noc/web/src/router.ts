import { useEffect, useState } from "preact/hooks";

/** The address is the state: a path, and a few words after the `?`. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const changed = "offhook:place";

export function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** Goes to a path of ours; `replace` leaves no step behind for the Back button. */
export function go(to: string, options: { readonly replace?: boolean } = {}): void {
  if (options.replace === true) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  dispatchEvent(new Event(changed));
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const update = (): void => setPlace(here());
    addEventListener("popstate", update);
    addEventListener(changed, update);
    return () => {
      removeEventListener("popstate", update);
      removeEventListener(changed, update);
    };
  }, []);
  return place;
}

/** Plain clicks on plain links of ours change the place without a load; all others are the browser's. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.target !== "" || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || /\.(json|csv)$/.test(link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
    if (link.search === "") scrollTo(0, 0);
  });
}
