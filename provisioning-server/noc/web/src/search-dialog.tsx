import { useState } from "preact/hooks";
import type { SearchHit } from "../../pages.ts";
import { Dialog } from "./dialog.tsx";
import { useLoad } from "./load.ts";
import { go } from "./router.ts";

export function SearchDialog({ close }: { readonly close: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [found] = useLoad<readonly SearchHit[]>(`/search?q=${encodeURIComponent(text.trim())}`, 0);
  const hits = found.state === "ready" ? found.data : [];
  const open = (hit: SearchHit | undefined): void => {
    if (hit === undefined) return;
    close();
    go(hit.path);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter") open(hits[at]);
    else if (event.key === "ArrowDown") setAt(Math.min(hits.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search" close={close}>
      <input
        class="search"
        type="search"
        aria-label="Search"
        placeholder="MAC, extension, label, site, switch, agent"
        autoFocus
        value={text}
        onKeyDown={onKey}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
      />
      <ul class="hits" aria-live="polite">
        {hits.map((hit, index) => (
          <li key={hit.path} class={index === at ? "chosen" : ""}>
            <a href={hit.path} onClick={close}>
              <b>{hit.title}</b> <span class="muted">{hit.detail}</span>
            </a>
          </li>
        ))}
      </ul>
      {text.trim() !== "" && found.state === "ready" && hits.length === 0 && (
        <p class="muted">Nothing by that name.</p>
      )}
    </Dialog>
  );
}
