import { useEffect } from "preact/hooks";

/** What the tab says. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? "Offhook" : `${title} · Offhook`;
  }, [title]);
}
