import type { PortFace } from "../../switch-face.ts";
import { Shape } from "./marks.tsx";

/** Ports as on the front of the switch: odd ones above even ones, in blocks of twelve. */
export function FacePlate(props: {
  readonly ports: readonly PortFace[];
  readonly chosen: string | undefined;
  readonly path: string;
}) {
  return (
    <div class="plate scroll">
      {blocks(props.ports).map((block) => (
        <div key={block[0]?.name} class="block">
          {[0, 1].map((row) => (
            <div key={row} class="row">
              {block
                .filter((_, at) => at % 2 === row)
                .map((port) => (
                  <Port key={port.name} port={port} chosen={port.name === props.chosen} path={props.path} />
                ))}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

function blocks(ports: readonly PortFace[]): PortFace[][] {
  const found: PortFace[][] = [];
  for (let at = 0; at < ports.length; at += 12) found.push(ports.slice(at, at + 12));
  return found;
}

function Port(props: { readonly port: PortFace; readonly chosen: boolean; readonly path: string }) {
  const { port, chosen, path } = props;
  return (
    <a
      class={`port is-${port.state}`}
      href={`${path}?port=${encodeURIComponent(port.name)}`}
      aria-current={chosen ? "true" : undefined}
      aria-label={spoken(port)}
      title={spoken(port)}
      data-row
    >
      <span class="name">{shortName(port.name)}</span>
      <Shape of={port.state} />
      <span class="watts">{port.watts === undefined ? "" : port.watts.toFixed(1)}</span>
    </a>
  );
}

function spoken(port: PortFace): string {
  const on = port.phone === undefined ? port.neighbour : (port.phone.label ?? port.phone.mac);
  const watts = port.watts === undefined ? undefined : `${port.watts} watts`;
  return [`port ${port.name}`, port.state, on, watts].filter((part) => part !== undefined).join(", ");
}

/** `Gi1/0/7` is 7 on the plate; the whole name is in the label. */
function shortName(name: string): string {
  return /\d+$/.exec(name)?.[0] ?? name;
}
