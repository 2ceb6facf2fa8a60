import { subjectText as inWords } from "../../../../protocol/subject-text.ts";

/** A subject as a link to its page, where it has one. */
export function Subject({ of, site }: { readonly of: string; readonly site: string }) {
  const to = subjectPath(of, site);
  const text = <span class="subject">{subjectText(of)}</span>;
  return to === undefined ? text : <a href={to}>{text}</a>;
}

export function subjectText(subject: string): string {
  const [kind, name] = split(subject);
  if (kind === "phone") return printMac(name);
  if (kind === "port") return `${name.slice(0, name.indexOf("/"))} port ${name.slice(name.indexOf("/") + 1)}`;
  return kind === "host" || kind === "server" ? name : inWords(subject);
}

export function subjectPath(subject: string, site: string): string | undefined {
  const [kind, name] = split(subject);
  if (kind === "phone") return `/phones/${name}`;
  if (kind === "switch") return switchPath(site, name);
  if (kind !== "port") return undefined;
  const at = name.indexOf("/");
  return `${switchPath(site, name.slice(0, at))}?port=${encodeURIComponent(name.slice(at + 1))}`;
}

export function switchPath(site: string, id: string): string {
  return `/switches/${encodeURIComponent(site)}/${encodeURIComponent(id)}`;
}

export function printMac(mac: string): string {
  return mac.match(/../g)?.join(":") ?? mac;
}

function split(subject: string): [kind: string, name: string] {
  const at = subject.indexOf(":");
  return [subject.slice(0, at), subject.slice(at + 1)];
}
