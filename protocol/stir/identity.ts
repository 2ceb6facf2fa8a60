import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { canonicalNumber } from "./canonical-number.ts";

/** A party that a PASSporT names (RFC 8225 5.2.1): telephone numbers, in digits alone, and URIs. */
export interface Parties {
  readonly numbers: readonly string[];
  readonly uris: readonly string[];
}

/** What an Identity header says (RFC 8224 4), its PASSporT opened (RFC 8225); nothing of it is verified. */
export interface Identity {
  readonly algorithm: string;
  /** Where the certificate is: `info`, and `x5u` of the PASSporT. */
  readonly info: string;
  readonly x5u: string;
  /** `shaken`, `div` …; "" for the base form. */
  readonly extension: string;
  readonly caller: Parties;
  readonly called: Parties;
  /** s since 1970. */
  readonly issuedAt: number;
  /** A, B, C of SHAKEN (RFC 8588 4); "" where it is not said. */
  readonly attestation: string;
  readonly originId: string;
  /** The bytes that were signed, and the signature as r‖s. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

const longest = 16_384;
const base64url = /^[A-Za-z0-9_-]+$/;

/**
 * Reads the value of an Identity header in its full form, or in its compact one (RFC 8224 4.1): that leaves out header and
 * payload, which are made again from what the message says, given as `rebuilt`.
 */
export function decodeIdentity(value: string, rebuilt?: { readonly payload: object }): Decoded<Identity> {
  if (value.length > longest) return mismatch("Identity", `at most ${longest} characters`, `${value.length}`);
  const [token = "", ...rest] = splitParameters(value);
  const parameters = parametersOf(rest);
  const info = parameters.get("info") ?? "";
  const parts = token.trim().split(".");
  const [header = "", payload = "", signature = ""] = parts;
  if (parts.length !== 3 || !base64url.test(signature))
    return mismatch("Identity", "header.payload.signature in base64url", token.slice(0, 60));
  if (info === "") return mismatch("Identity", "an info parameter with the certificate's URL", "none");
  if (header === "" && payload === "") {
    if (rebuilt === undefined)
      return mismatch("Identity", "for its compact form a message with From, To and Date", "less");
    const made = {
      alg: parameters.get("alg") ?? "ES256",
      ...ppt(parameters.get("ppt")),
      typ: "passport",
      x5u: info,
    };
    return decodeIdentity(
      `${encodePassportPart(made)}.${encodePassportPart(rebuilt.payload)}.${signature};${rest.join(";")}`,
    );
  }
  return openPassport(header, payload, signature, info);
}

function ppt(value: string | undefined): { ppt?: string } {
  return value === undefined ? {} : { ppt: value };
}

/** JSON as RFC 8225 9 asks: keys in lexical order, no white space; base64url. */
export function encodePassportPart(part: object): string {
  return Buffer.from(JSON.stringify(sorted(part)), "utf8").toString("base64url");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

function openPassport(header: string, payload: string, signature: string, info: string): Decoded<Identity> {
  const head = objectOf(header);
  if (head === undefined)
    return mismatch("Identity header", "a JSON object in base64url", header.slice(0, 60));
  const claims = objectOf(payload);
  if (claims === undefined)
    return mismatch("Identity payload", "a JSON object in base64url", payload.slice(0, 60));
  const { iat, orig, dest, attest, origid } = claims;
  if (head.typ !== "passport") return mismatch("Identity header", "typ passport", String(head.typ));
  if (typeof iat !== "number" || !Number.isFinite(iat))
    return mismatch("Identity payload", "iat, a number", String(iat));
  if (orig === undefined || dest === undefined)
    return mismatch("Identity payload", "orig and dest", Object.keys(claims).join(", "));
  return decoded({
    algorithm: textOf(head.alg),
    info: info.replace(/^<|>$/g, ""),
    x5u: textOf(head.x5u),
    extension: textOf(head.ppt),
    caller: partiesOf(orig),
    called: partiesOf(dest),
    issuedAt: iat,
    attestation: textOf(attest),
    originId: textOf(origid),
    signed: Buffer.from(`${header}.${payload}`, "ascii"),
    signature: Buffer.from(signature, "base64url"),
  });
}

function objectOf(text: string): Record<string, unknown> | undefined {
  if (!base64url.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function partiesOf(value: unknown): Parties {
  const { tn, uri } = (typeof value === "object" && value !== null ? value : {}) as {
    tn?: unknown;
    uri?: unknown;
  };
  const texts = (each: unknown) => [each].flat().filter((text) => typeof text === "string");
  return { numbers: texts(tn).map(canonicalNumber), uris: texts(uri) };
}

/** Pieces at semicolons outside `<>` and quotes. */
function splitParameters(value: string): string[] {
  return value.match(/(?:<[^>]*>|"[^"]*"|[^;])+/g) ?? [];
}

function parametersOf(pieces: readonly string[]): Map<string, string> {
  return new Map(
    pieces.map((piece) => {
      const [name = "", ...value] = piece.split("=");
      return [
        name.trim().toLowerCase(),
        value
          .join("=")
          .trim()
          .replaceAll(/^["<]+|[">]+$/g, ""),
      ];
    }),
  );
}
