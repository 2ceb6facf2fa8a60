import { useEffect, useState } from "preact/hooks";
import type { PortFace } from "../../switch-face.ts";
import { Dialog } from "./dialog.tsx";
import { order } from "./load.ts";
import { useMe } from "./me.ts";
import { printMac } from "./subject.tsx";

interface Stand {
  readonly id: string;
  readonly state: "waiting" | "taken" | "late" | "done" | "failed" | "refused";
  readonly sentence?: string;
}

const words: Record<Stand["state"], string> = {
  waiting: "Waiting for the agent…",
  taken: "The agent is at it: power off, on, and then the phone has to come back.",
  late: "The agent did not fetch the order in time. Nothing was done.",
  done: "Done.",
  failed: "Not as it should be.",
  refused: "The agent refuses.",
};

const isOver = ({ state }: Stand): boolean => state !== "waiting" && state !== "taken";

/** Restarts what a port powers: says what that is, asks, and tells how it goes. Shown where there is something to restart. */
export function BouncePort({ port, path }: { readonly port: PortFace; readonly path: string }) {
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const [why, setWhy] = useState<string | undefined>();
  const [stand, setStand] = useState<Stand | undefined>();
  useFollowed(stand, setStand);
  if (port.poe !== "delivering" || me === undefined || me.role === "viewer") return null;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const answer = await order<Stand>(`${path}/ports/${encodeURIComponent(port.name)}/bounce`);
    if (typeof answer === "string") return setWhy(answer);
    setStand(answer);
    setAsking(false);
  };
  const underWay = stand !== undefined && !isOver(stand);
  return (
    <div class="bounce">
      <button disabled={underWay} onClick={() => (setWhy(undefined), setAsking(true))}>
        Restart {port.phone === undefined ? "the device" : "the phone"}
      </button>
      <p aria-live="polite">{stand !== undefined && (stand.sentence ?? words[stand.state])}</p>
      {asking && (
        <Dialog title="Restart by PoE" close={() => setAsking(false)}>
          <h2>Restart by PoE</h2>
          <p>
            Port {port.name} loses its power for a moment. That restarts <b>{whom(port)}</b>; a call on it
            ends.
          </p>
          {why !== undefined && <p role="alert">{why}</p>}
          <form onSubmit={(event) => void submit(event)}>
            <button class="primary">Restart it</button>
          </form>
        </Dialog>
      )}
    </div>
  );
}

function whom({ phone, neighbour }: PortFace): string {
  if (phone === undefined) return neighbour ?? "a device that does not say who it is";
  const name = phone.label ?? phone.model;
  return name === undefined ? printMac(phone.mac) : `${name} (${printMac(phone.mac)})`;
}

/** Reads every two seconds how the order stands, until it is over. */
function useFollowed(stand: Stand | undefined, set: (stand: Stand) => void): void {
  const id = stand === undefined || isOver(stand) ? undefined : stand.id;
  useEffect(() => {
    if (id === undefined) return;
    const timer = setInterval(() => {
      void fetch(`/api/v1/commands/${id}`).then(
        async (reply) => reply.ok && set((await reply.json()) as Stand),
        () => undefined,
      );
    }, 2000);
    return () => clearInterval(timer);
  }, [id]);
}
