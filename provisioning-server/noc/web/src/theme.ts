import { useEffect, useState } from "preact/hooks";

/** auto follows the system. */
export type Theme = "auto" | "light" | "dark";

const key = "offhook-theme";
const changed = "offhook:theme";

export function currentTheme(): Theme {
  const kept = localStorage.getItem(key);
  return kept === "light" || kept === "dark" ? kept : "auto";
}

export function applyTheme(): void {
  const theme = currentTheme();
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  dispatchEvent(new Event(changed));
}

/** From what is seen now to the other one. */
export function toggleTheme(): void {
  localStorage.setItem(key, looksDark() ? "light" : "dark");
  applyTheme();
}

export function looksDark(): boolean {
  const theme = currentTheme();
  return theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
}

/** True while the page is dark; follows both the toggle and the system. */
export function useDark(): boolean {
  const [dark, setDark] = useState(looksDark);
  useEffect(() => {
    const update = (): void => setDark(looksDark());
    const system = matchMedia("(prefers-color-scheme: dark)");
    addEventListener(changed, update);
    system.addEventListener("change", update);
    return () => {
      removeEventListener(changed, update);
      system.removeEventListener("change", update);
    };
  }, []);
  return dark;
}
