import { go } from "./router.ts";
import { toggleTheme } from "./theme.ts";

/** What a key does, for the help and for the handler: one list for both. */
export interface KeyAction {
  readonly keys: string;
  readonly about: string;
  run(open: (dialog: DialogName) => void): void;
}

export type DialogName = "help" | "search" | "acknowledge";

export const keyActions: readonly KeyAction[] = [
  { keys: "/", about: "search", run: (open) => open("search") },
  { keys: "j", about: "next row", run: () => moveBy(1) },
  { keys: "k", about: "row before", run: () => moveBy(-1) },
  { keys: "Enter", about: "open the row", run: () => {} }, // rows are links: the browser does it
  { keys: "a", about: "acknowledge the incident", run: (open) => open("acknowledge") },
  { keys: "g i", about: "go to incidents", run: () => go("/") },
  { keys: "g s", about: "go to sites", run: () => go("/sites") },
  { keys: "g a", about: "go to agents", run: () => go("/agents") },
  { keys: "d", about: "light or dark", run: toggleTheme },
  { keys: "?", about: "this help", run: (open) => open("help") },
];

const offKey = "offhook-keys-off";

/** People who dictate need single keys to do nothing (WCAG 2.1.4). */
export function keysAreOff(): boolean {
  return localStorage.getItem(offKey) === "1";
}

export function setKeysOff(off: boolean): void {
  if (off) localStorage.setItem(offKey, "1");
  else localStorage.removeItem(offKey);
}

/** Listens until the returned function is called. */
export function listenForKeys(open: (dialog: DialogName) => void): () => void {
  let before = "";
  const listen = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || keysAreOff() || isTyping(event)) return;
    const typed = before === "g" ? `g ${event.key}` : event.key;
    before = before === "g" ? "" : event.key;
    const action = keyActions.find((each) => each.keys === typed);
    if (action === undefined || typed === "Enter") return;
    event.preventDefault();
    action.run(open);
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.closest("input, textarea, select, dialog[open]") !== null;
}

function moveBy(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const at = rows.findIndex((row) => row === document.activeElement);
  const next =
    at === -1 ? rows.at(step === 1 ? 0 : -1) : rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
