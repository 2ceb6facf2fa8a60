import { Type, type Static } from "typebox";
import { MacAddress } from "./mac-address.ts";
import type { Secret } from "./secret.ts";

/** The ways a phone can knock. */
export const Door = Type.Union([
  Type.Literal("https"),
  Type.Literal("http"),
  Type.Literal("legacy"),
  Type.Literal("tftp"),
]);
export type Door = Static<typeof Door>;

/** What a phone shows to be let in, as it came over the wire; not yet believed. */
export type Credential =
  | { readonly kind: "token"; readonly token: Secret } // a path segment, 128 bit, base64url
  | { readonly kind: "basic"; readonly user: string; readonly password: Secret }
  | {
      readonly kind: "certificate";
      readonly subject: string;
      readonly issuer: string;
      /** An authority we trust signed it. */
      readonly verified: boolean;
      /** For whom the makers' own authorities vouch; a certificate that a series shares names nobody. */
      readonly vouched: readonly { readonly vendor: string; readonly mac: MacAddress }[];
    }
  /** RFC 7616 with qop=auth; `fresh`: the nonce is ours and young, and its count is new. */
  | {
      readonly kind: "digest";
      readonly user: string;
      readonly realm: string;
      readonly nonce: string;
      readonly nonceCount: number;
      readonly cnonce: string;
      readonly uri: string;
      readonly algorithm: string;
      readonly method: string;
      readonly response: Secret;
      readonly fresh: boolean;
    };

/** What a phone asked, whatever the door. */
export interface PhoneRequest {
  /** Ours, UUIDv7; in every log line and in the trace. */
  readonly id: string;
  readonly via: Door;
  /** `GET` and `HEAD` over HTTP, `RRQ` over TFTP. */
  readonly method: "GET" | "HEAD" | "RRQ";
  /** The path as asked, percent-decoded, without query and without a token segment; always starts with `/`. */
  readonly path: string;
  /** The address the request came from, without an IPv4-mapped prefix. */
  readonly address: string;
  readonly userAgent?: string;
  readonly credential?: Credential;
  readonly at: number;
}

/** What can be told of who asks, from path, agent, door and certificate. What cannot be known is absent, never guessed. */
export const Identity = Type.Object({
  vendor: Type.Optional(Type.String()),
  model: Type.Optional(Type.String({ description: "as the vendor prints it: `T46U`" })),
  mac: Type.Optional(MacAddress),
  firmware: Type.Optional(Type.String()),
  file: Type.Union([
    Type.Literal("config"),
    Type.Literal("firmware"),
    Type.Literal("directory"),
    Type.Literal("optional"), // this family asks for it and lives without it
    Type.Literal("unknown"),
  ]),
  /** Which entry of the vendor's `files` list it is, such as `mac` or `common`. */
  fileId: Type.Optional(Type.String()),
});
export type Identity = Static<typeof Identity>;
