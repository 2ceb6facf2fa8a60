import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { Defects } from "./defect.ts";
import { printParameters, readParameters, type Parameters } from "./parameters.ts";
import { printHostPort, readHostPort } from "./uri.ts";

/** One Via value (RFC 3261 20.42): how the message came, and where its answer goes. */
export interface Via {
  /** Upper case: UDP, TCP, TLS, SCTP, WS, WSS … */
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly parameters: Parameters;
}

/** Marks a branch that is unique (RFC 3261 8.1.1.7). */
export const branchCookie = "z9hG4bK";

/** Reads one value; white space around the slashes is allowed (RFC 4475 3.1.1.1). */
export function decodeVia(text: string, defects = new Defects(), at = 0): Decoded<Via> {
  return plainVia(text) ?? anyVia(text, defects, at);
}

// Host, port and parameters as nearly all write them: nothing in it can be a defect but a parameter that comes twice.
const plain =
  /^SIP\/2\.0\/([A-Z]+) ([A-Za-z0-9](?:[A-Za-z0-9.-]{0,60}[A-Za-z0-9])?)(?::([1-9]\d{0,3}|[1-5]\d{4}))?((?:;[a-z-]+(?:=[\w.-]+)?)*)$/;

function plainVia(text: string): Decoded<Via> | undefined {
  const match = plain.exec(text);
  if (match === null) return undefined;
  const [, transport = "", host = "", port, tail = ""] = match;
  const parameters = new Map<string, string | null>();
  for (let at = 1; at <= tail.length && tail !== "";) {
    const next = tail.indexOf(";", at);
    const end = next === -1 ? tail.length : next;
    const equals = tail.indexOf("=", at);
    const bare = equals === -1 || equals > end;
    const name = tail.slice(at, bare ? end : equals);
    if (parameters.has(name)) return undefined;
    parameters.set(name, bare ? null : tail.slice(equals + 1, end));
    at = end + 1;
  }
  return decoded({ transport, host, ...(port === undefined ? {} : { port: Number(port) }), parameters });
}

function anyVia(text: string, defects: Defects, at: number): Decoded<Via> {
  const match = /^([^\s/]+)\s*\/\s*([^\s/]+)\s*\/\s*([^\s/;]+)\s+([^;]+)/.exec(text);
  if (match === null) return mismatch(`byte ${at}`, "SIP/2.0/TRANSPORT host", text);
  const [all, protocol = "", version = "", transport = "", sentBy = ""] = match;
  if (protocol.toUpperCase() !== "SIP" || version !== "2.0") {
    defects.add("via-syntax", at, "SIP/2.0", `${protocol}/${version}`);
  }
  const place = readHostPort(sentBy.trim(), at + all.length - sentBy.length, defects);
  if (place === undefined) return mismatch(`byte ${at}`, "a host in Via", text);
  const parameters = readParameters(text.slice(all.length), at + all.length, "header", defects);
  return decoded({ transport: transport.toUpperCase(), ...place, parameters });
}

/** The branch of a Via value, in lower case as it is compared (RFC 3261 17.1.3); undefined where there is none. */
export function branchOfVia(text: string): string | undefined {
  // Without quotes nothing but a parameter can look like one.
  const plain = /^SIP\/2\.0\/[^\s/;"]+ [^\s;"]+(?:;[^;"]*)*?;branch=([^\s;"=]+)(?:;[^"]*)?$/i.exec(text);
  if (plain !== null) return (plain[1] ?? "").toLowerCase();
  const via = decodeVia(text);
  return via.ok ? via.value.parameters.get("branch")?.toLowerCase() : undefined;
}

/** The text of a Via value. */
export function encodeVia(via: Via): string {
  return `SIP/2.0/${via.transport} ${printHostPort(via.host, via.port)}${printParameters(via.parameters)}`;
}
