import type { Subject } from "./observation.ts";

/** The words for kinds whose own word says too little; the others are said as they are: `port sw1/7`, `switch sw1`. */
const kinds: Readonly<Record<string, (name: string) => string>> = {
  sip: (name) => {
    const [place = "", transport] = name.split("/");
    return `SIP server ${place}${transport === undefined ? "" : ` over ${transport.toUpperCase()}`}`;
  },
  rtp: (name) => `far end ${name}`,
  path: (name) => `the way to ${name}`,
  name: (name) => `DNS name ${name}`,
  network: (name) => {
    const [host, card] = apart(name);
    return card === undefined ? `network ${name}` : `the network at ${card} of ${host}`;
  },
  call: (name) => (name === "header" ? "the Identity header" : `call ${name}`),
  agent: (name) => `agent ${apart(name)[0]}`,
};

/**
 * The subject as people say it, in the middle of a sentence: `SIP server pbx.example:5060 over UDP`, `port sw1/7`. What a
 * probe did there is not part of it; see `subjectDetail`.
 */
export function subjectText(subject: Subject): string {
  const [kind, name] = split(subject);
  return kinds[kind]?.(name) ?? `${kind} ${name}`;
}

const looks: Readonly<Record<string, string>> = {
  register: "account",
  registered: "account",
  call: "call to",
  guest: "as a guest",
  outside: "from outside",
};

/** What was looked at within the subject, of which a sentence says nothing: `account 102`; undefined where it is the whole. */
export function subjectDetail(subject: Subject): string | undefined {
  const [kind, name] = split(subject);
  if (kind === "agent") return apart(name)[1];
  if (kind !== "sip") return undefined;
  const [look, ...rest] = name.split("/").slice(2);
  return look === undefined ? undefined : [looks[look] ?? look, ...rest].join(" ");
}

function split(subject: Subject): [kind: string, name: string] {
  const at = subject.indexOf(":");
  return [subject.slice(0, at), subject.slice(at + 1)];
}

function apart(name: string): [string, string | undefined] {
  const at = name.indexOf("/");
  return at === -1 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)];
}
