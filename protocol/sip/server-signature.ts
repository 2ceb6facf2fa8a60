import { headerValue, headerValues, type SipResponse } from "./message.ts";
import { tagOf } from "./name-addr.ts";

/** Answers to the same question, sorted by which server seems to have given them. */
export interface Signatures {
  /** What tells each of them from the others, as `Server: PBX 2; To-tag: b27e1a1d…`, with how many answers it gave. */
  readonly servers: readonly { readonly said: string; readonly answers: number }[];
  /** How often an answer was by another server than the one before it. */
  readonly changes: number;
}

/** Headers that say more of the server than of the request. */
const telling = ["Server", "User-Agent", "Allow", "Supported", "Accept", "Allow-Events"] as const;

/**
 * Tells the servers behind one name apart by what they say of themselves, the order of their headers, the address of their
 * media, and the part of their To tags that does not change: many servers begin each tag with a mark of their own. Servers
 * that are alike in all of it count as one.
 */
export function signaturesOf(responses: readonly SipResponse[]): Signatures {
  const fixed = fixedTagParts(responses);
  const traits = responses.map((response) => traitsOf(response, fixed));
  const differing = [...new Set(traits.flatMap((each) => [...each.keys()]))].filter(
    (name) => new Set(traits.map((each) => each.get(name))).size > 1,
  );
  const names = differing.length > 0 ? differing : ["Server", "User-Agent"];
  const said = traits.map((each) =>
    names.flatMap((name) => (each.has(name) ? [`${name}: ${each.get(name)}`] : [])).join("; "),
  );
  const counts = new Map<string, number>();
  for (const each of said) counts.set(each, (counts.get(each) ?? 0) + 1);
  const changes = said.filter((each, index) => index > 0 && each !== said[index - 1]).length;
  return { servers: [...counts].map(([words, answers]) => ({ said: words, answers })), changes };
}

function traitsOf(response: SipResponse, fixed: ReadonlySet<string>): Map<string, string> {
  const traits = new Map<string, string>();
  for (const name of telling) {
    const value = headerValues(response, name).join(", ");
    if (value !== "") traits.set(name, value.slice(0, 120));
  }
  traits.set("code", String(response.code));
  traits.set("headers", response.headers.map(({ name }) => name).join(" "));
  const tag = partsOf(response).find((part) => fixed.has(part));
  if (tag !== undefined) traits.set("To-tag", `${tag.slice(tag.indexOf(":") + 1)}…`);
  const media = /^c=(.*)$/m.exec(Buffer.from(response.body).toString("latin1"))?.[1]?.trim();
  if (media !== undefined) traits.set("c=", media);
  return traits;
}

/** `b27e1a1d33761e85846fc98f5f3a7e58.1a2b` in its parts, with their places; short ones come again by chance. */
function partsOf(response: SipResponse): string[] {
  const tag = tagOf(headerValue(response, "To")) ?? "";
  return tag.split(/[.-]/).flatMap((part, place) => (part.length >= 6 ? [`${place}:${part}`] : []));
}

/** Parts of To tags that came more than once. */
function fixedTagParts(responses: readonly SipResponse[]): Set<string> {
  const counts = new Map<string, number>();
  for (const part of responses.flatMap(partsOf)) counts.set(part, (counts.get(part) ?? 0) + 1);
  return new Set([...counts].flatMap(([part, count]) => (count > 1 ? [part] : [])));
}
