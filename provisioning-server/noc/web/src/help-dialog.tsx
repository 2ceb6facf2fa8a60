import { useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import { keyActions, keysAreOff, setKeysOff } from "./keyboard.ts";

export function HelpDialog({ close }: { readonly close: () => void }) {
  const [off, setOff] = useState(keysAreOff);
  const change = (): void => {
    setKeysOff(!off);
    setOff(!off);
  };
  return (
    <Dialog title="Keys" close={close}>
      <h2>Keys</h2>
      <dl class="keys">
        {keyActions.map(({ keys, about }) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={off} onChange={change} /> Switch these keys off
      </label>
      <p class="actions">
        <button type="button" class="primary" onClick={close}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
