import { decodeSip } from "../sip/decode-sip.ts";

/** A part of a message that arrived otherwise than it was sent. */
export interface AlteredField {
  /** `start line`, a header's name, or an SDP line such as `SDP c=` or `SDP a=rtcp`. */
  readonly field: string;
  /** undefined: it was added. */
  readonly sent: string | undefined;
  /** undefined: it was taken away. */
  readonly seen: string | undefined;
}

/** Compares byte by byte, field by field; what is the same in another order is altered too. */
export function alteredFields(sent: Uint8Array, seen: Uint8Array): AlteredField[] {
  const [before, after] = [fieldsOf(sent), fieldsOf(seen)];
  const names = new Set([...before.keys(), ...after.keys()]);
  const altered: AlteredField[] = [];
  for (const name of names) {
    const [a, b] = [before.get(name), after.get(name)];
    if (a !== b) altered.push({ field: name.replace(/#\d+$/, ""), sent: a, seen: b });
  }
  const common = (names_: Iterable<string>, others: Map<string, string>) =>
    [...names_].filter((n) => others.has(n));
  const order = common(before.keys(), after).join() !== common(after.keys(), before).join();
  if (order) altered.push({ field: "order of lines", sent: "as written", seen: "another" });
  return altered;
}

/** Where this address still stands, of the places that calls go by. */
export function placesNaming(message: Uint8Array, address: string): string[] {
  const routing = /^(?:Via|Contact|SDP o=|SDP c=|SDP a=rtcp)$/;
  return [...fieldsOf(message)]
    .filter(([name, value]) => routing.test(name.replace(/#\d+$/, "")) && namesAddress(value, address))
    .map(([name]) => name.replace(/#\d+$/, ""));
}

function namesAddress(text: string, address: string): boolean {
  const at = text.indexOf(address);
  return at !== -1 && !/[\d.]/.test(text[at + address.length] ?? "") && !/[\d.]/.test(text[at - 1] ?? "");
}

/** Each line of the message by its name; the second of a name has `#2` behind it. */
function fieldsOf(bytes: Uint8Array): Map<string, string> {
  const fields = new Map<string, string>();
  const add = (name: string, value: string): void => {
    let key = name;
    for (let count = 2; fields.has(key); count += 1) key = `${name}#${count}`;
    fields.set(key, value);
  };
  const text = Buffer.from(bytes).toString("latin1");
  add("start line", text.slice(0, Math.max(0, text.indexOf("\r\n"))));
  const read = decodeSip(bytes, { fields: false });
  if (!read.ok) return fields;
  for (const { name, wire, value } of read.value.message.headers)
    add(name, wire === undefined ? value : Buffer.from(wire.bytes).toString("latin1"));
  for (const line of Buffer.from(read.value.message.body).toString("latin1").split("\r\n"))
    if (line !== "") add(sdpName(line), line);
  return fields;
}

/** `a=rtcp:40001 …` is `SDP a=rtcp`, `c=IN …` is `SDP c=`. */
function sdpName(line: string): string {
  return `SDP ${/^a=[^:\s]+/.exec(line)?.[0] ?? line.slice(0, 2)}`;
}
