import { useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import { post } from "./load.ts";
import { useMe } from "./me.ts";
import { here } from "./router.ts";

/** The incident that `a` is about: the row in focus, else the page's own. */
export function chosenIncident(): string | undefined {
  const row = document.activeElement?.closest<HTMLElement>("[data-incident]");
  if (row?.dataset["incident"] !== undefined) return row.dataset["incident"];
  const [, first, second] = here().path.split("/");
  return first === "incidents" ? second : undefined;
}

export function AcknowledgeDialog({ id, close }: { readonly id: string; readonly close: () => void }) {
  return (
    <Dialog title="Acknowledge" close={close}>
      <h2>Acknowledge</h2>
      <p class="muted">It stays yours until it clears. Others see your name and note.</p>
      <AcknowledgeForm id={id} done={close} />
    </Dialog>
  );
}

export function AcknowledgeForm({ id, done }: { readonly id: string; readonly done: () => void }) {
  const me = useMe();
  const [note, setNote] = useState("");
  const [why, setWhy] = useState<string | undefined>();
  if (me?.role === "viewer") return <p class="muted">Your role may look, not acknowledge.</p>;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const refused = await post(`/incidents/${encodeURIComponent(id)}/acknowledge`, { note });
    setWhy(refused);
    if (refused === undefined) done();
  };
  return (
    <form class="acknowledge" onSubmit={(event) => void submit(event)}>
      <label>
        Note
        <textarea
          rows={3}
          maxLength={2000}
          value={note}
          placeholder="What you know, what you do next"
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      {why !== undefined && <p role="alert">{why}</p>}
      <button class="primary">Acknowledge</button>
    </form>
  );
}
