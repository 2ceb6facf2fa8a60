import type { ComponentChildren } from "preact";
import type { PortFace, SwitchFace } from "../../../switch-face.ts";
import { BouncePort } from "../bounce-port.tsx";
import { FacePlate } from "../face-plate.tsx";
import { useLive } from "../live.ts";
import { useLoad } from "../load.ts";
import { Forms, Loading } from "../loading.tsx";
import { StateMark } from "../marks.tsx";
import { printMac, switchPath } from "../subject.tsx";
import { Ago } from "../time.tsx";
import { useTitle } from "../title.ts";

export function SwitchPage(props: {
  readonly site: string;
  readonly id: string;
  readonly port: string | undefined;
}) {
  const { overview } = useLive();
  const path = switchPath(props.site, props.id);
  const version = JSON.stringify(overview?.sites.find((tile) => tile.id === props.site));
  const [loaded] = useLoad<SwitchFace>(path, version);
  useTitle(loaded.state === "ready" ? (loaded.data.name ?? loaded.data.id) : "Switch");
  return (
    <Loading of={loaded} missing="Nobody has seen this switch at this site.">
      {(face) => <Face face={face} chosen={props.port} path={path} />}
    </Loading>
  );
}

function Face(props: {
  readonly face: SwitchFace;
  readonly chosen: string | undefined;
  readonly path: string;
}) {
  const { face, chosen, path } = props;
  const port = face.ports.find((each) => each.name === chosen);
  return (
    <article>
      <p class="trail">
        <a href="/sites">Sites</a> <a href={`/sites/${face.site}`}>{face.siteName}</a>
      </p>
      <header class="head">
        <StateMark state={face.state} />
        <h1>{face.name ?? face.id}</h1>
        <p class="meta">
          {face.about !== undefined && <span>{face.about}</span>}
          <Budget face={face} />
          <span>
            looked at <Ago at={face.lookedAt} />
          </span>
        </p>
      </header>
      <FacePlate ports={face.ports} chosen={chosen} path={path} />
      {port === undefined ? (
        <p class="muted">Choose a port to see what is on it.</p>
      ) : (
        <Port key={port.name} port={port} path={path} />
      )}
      <Forms path={path} />
    </article>
  );
}

function Budget({ face }: { readonly face: SwitchFace }) {
  if (face.budget === undefined) return null;
  const used = face.used ?? 0;
  return (
    <span class="budget">
      <meter min={0} max={face.budget} high={face.budget * 0.9} value={used} aria-label="PoE budget used" />
      {used.toFixed(1)} of {face.budget} W
    </span>
  );
}

function Port({ port, path }: { readonly port: PortFace; readonly path: string }) {
  return (
    <section class="port-detail" aria-live="polite">
      <h2>
        Port {port.name} <StateMark state={port.state} />
      </h2>
      {port.incident !== undefined && (
        <p class="trouble">
          <a href={`/incidents/${port.incident.id}`}>{port.incident.sentence}</a>
        </p>
      )}
      <dl class="facts">
        <Fact name="Phone">
          {port.phone === undefined ? (
            (port.neighbour ?? "none seen")
          ) : (
            <a href={`/phones/${port.phone.mac}`}>
              {port.phone.label ?? port.phone.model ?? "phone"} <code>{printMac(port.phone.mac)}</code>
            </a>
          )}
        </Fact>
        {port.phone?.by !== undefined && <Fact name="Known by">{port.phone.by}</Fact>}
        <Fact name="Link">{linkText(port)}</Fact>
        <Fact name="Power">{powerText(port)}</Fact>
        <Fact name="Looked at">
          <Ago at={port.lookedAt} />
        </Fact>
      </dl>
      <BouncePort port={port} path={path} />
    </section>
  );
}

function Fact(props: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function linkText(port: PortFace): string {
  if (port.link === undefined) return "unknown";
  if (!port.link) return "no link";
  return port.speed === undefined ? "up" : `up, ${port.speed} Mbit/s`;
}

function powerText(port: PortFace): string {
  const parts = [
    port.watts === undefined ? undefined : `${port.watts} W`,
    port.poe,
    port.poeClass === undefined ? undefined : `class ${port.poeClass}`,
  ];
  return parts.filter((part) => part !== undefined).join(", ") || "no PoE";
}
