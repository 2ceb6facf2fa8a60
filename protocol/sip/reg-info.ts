import { decoded, mismatch, type Decoded } from "../decoded.ts";

/** What a registrar says of one account (RFC 3680). */
export interface RegInfo {
  /** `active`, or why there is nothing: `init`, `terminated`. */
  readonly state: string;
  /** Contacts that are active. */
  readonly contacts: readonly string[];
}

const longest = 100_000;

/**
 * Reads the body of a reg-event NOTIFY (application/reginfo+xml). Of several accounts the first counts, as a subscription is
 * for one. Namespaces and attributes that nobody here needs are passed over.
 */
export function decodeRegInfo(text: string): Decoded<RegInfo> {
  const document = text.slice(0, longest).replaceAll(/<!--[\s\S]*?-->/g, "");
  if (!/<(?:[\w.-]+:)?reginfo[\s>]/.test(document))
    return mismatch("reginfo", "an element reginfo", document.slice(0, 60));
  const [tag, rest] = elementAfter(document, "registration");
  // A full state without a registration: nobody ever was there.
  if (tag === undefined) return decoded({ state: "init", contacts: [] });
  const end = rest.search(/<\/(?:[\w.-]+:)?registration\s*>/);
  const inside = tag.endsWith("/") ? "" : end === -1 ? rest : rest.slice(0, end);
  return decoded({ state: attributeOf(tag, "state") ?? "init", contacts: contactsOf(inside) });
}

function contactsOf(text: string): string[] {
  const contacts: string[] = [];
  let left = text;
  for (;;) {
    const [tag, rest] = elementAfter(left, "contact");
    if (tag === undefined) return contacts;
    left = rest;
    if (attributeOf(tag, "state") !== "active" || contacts.length >= 100) continue;
    const uri = elementText(rest);
    contacts.push(unescaped(uri.trim()).slice(0, 300));
  }
}

/** The text of the contact's uri: before the next contact begins, or it has none. */
function elementText(rest: string): string {
  const next = rest.search(/<(?:[\w.-]+:)?contact[\s>]/);
  const [tag, after] = elementAfter(next === -1 ? rest : rest.slice(0, next), "uri");
  return tag === undefined ? "" : after.slice(0, Math.max(0, after.indexOf("<")));
}

/** The start tag of the next such element, without its brackets, and what follows it. */
function elementAfter(text: string, name: string): readonly [string | undefined, string] {
  const found = new RegExp(`<((?:[\\w.-]+:)?${name}(?=[\\s/>])[^>]*)>`).exec(text);
  return found === null ? [undefined, ""] : [found[1], text.slice(found.index + found[0].length)];
}

function attributeOf(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return found === null ? undefined : (found[1] ?? found[2])?.toLowerCase();
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescaped(text: string): string {
  return text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? "");
}
