import { Type, type Static } from "typebox";
import { Secret } from "../../../protocol/secret.ts";
import type { SnmpTarget } from "../../io/snmp/ask.ts";
import { authProtocols, privProtocols, v3Levels, type SnmpV3User } from "../../io/snmp/v3-user.ts";

const phrase = (description: string) =>
  Type.Optional(Type.String({ minLength: 8, maxLength: 200, secret: true, description }));

/** How to ask a switch. */
export const SwitchSettings = Type.Object(
  {
    // Optional: a secret has no default on the command line. `public` when absent.
    community: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        default: "public",
        secret: true,
        description: "SNMP community that may read",
      }),
    ),
    version: Type.Enum(["1", "2c", "3"], { default: "2c", description: "SNMP version" }),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: "v3: user name" })),
    level: Type.Optional(
      Type.Enum([...v3Levels], { description: "v3: protection; what the given keys allow, when absent" }),
    ),
    auth: Type.Optional(
      Type.Enum([...authProtocols], { default: "sha256", description: "v3: digest of the switch's user" }),
    ),
    authKey: phrase("v3: authentication pass phrase"),
    priv: Type.Optional(
      Type.Enum([...privProtocols], {
        default: "aes",
        description: "v3: encryption; aes256r is AES-256 as Cisco stretches its key",
      }),
    ),
    privKey: phrase("v3: privacy pass phrase"),
    context: Type.Optional(Type.String({ maxLength: 32, description: "v3: context name" })),
    answersFrom: Type.Optional(
      Type.Array(Type.String({ maxLength: 60 }), {
        maxItems: 8,
        description: "other addresses of the switch that its answers may come from",
      }),
    ),
    writeFrom: Type.Optional(
      Type.String({
        pattern: "^(env:.+|file:.+|user)$",
        maxLength: 4000,
        description: "who may restart a port: env:NAME or file:PATH of a community, or `user`, the v3 user",
      }),
    ),
    id: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9._:-]{1,60}$",
        description: "name of the switch in subjects; its host when absent",
      }),
    ),
    timeout: Type.Number({
      minimum: 0.05,
      maximum: 30,
      default: 1,
      description: "seconds to wait for an answer",
    }),
    retries: Type.Integer({
      minimum: 0,
      maximum: 5,
      default: 1,
      description: "times a request is sent again",
    }),
  },
  { additionalProperties: false },
);
export type SwitchSettings = Static<typeof SwitchSettings>;

type Asker =
  | { readonly version: "1" | "2c"; readonly community: Secret }
  | { readonly version: "3"; readonly v3: SnmpV3User };
type Credentials =
  | { readonly ok: true; readonly value: Asker }
  | { readonly ok: false; readonly why: string };

function levelOf({ level, authKey, privKey }: SwitchSettings): SnmpV3User["level"] {
  if (level !== undefined) return level;
  if (privKey !== undefined && authKey !== undefined) return "authPriv";
  return authKey === undefined ? "noAuth" : "authNoPriv";
}

function userOf(settings: SwitchSettings): Credentials {
  const { user, auth = "sha256", authKey, priv = "aes", privKey, context } = settings;
  const level = levelOf(settings);
  if (user === undefined) return { ok: false, why: "SNMP v3 needs a user" };
  if (level !== "noAuth" && authKey === undefined)
    return { ok: false, why: `${level} needs an authentication pass phrase` };
  if (level === "authPriv" && privKey === undefined)
    return { ok: false, why: "authPriv needs a privacy pass phrase" };
  const v3: SnmpV3User = {
    user,
    level,
    ...(level === "noAuth" || authKey === undefined ? {} : { auth, authKey: new Secret(authKey) }),
    ...(level === "authPriv" && privKey !== undefined ? { priv, privKey: new Secret(privKey) } : {}),
    ...(context === undefined ? {} : { context }),
  };
  return { ok: true, value: { version: "3", v3 } };
}

/** The agent to ask at a numeric host, or what the settings lack. */
export function targetOf(
  place: { readonly host: string; readonly port: number },
  settings: SwitchSettings,
): { readonly ok: true; readonly target: SnmpTarget } | { readonly ok: false; readonly why: string } {
  const { version, community = "public", answersFrom } = settings;
  const credentials: Credentials =
    version === "3" ? userOf(settings) : { ok: true, value: { version, community: new Secret(community) } };
  if (!credentials.ok) return credentials;
  const timeouts = Array.from({ length: settings.retries + 1 }, () => settings.timeout * 1000);
  const also = answersFrom === undefined ? {} : { answersFrom };
  return { ok: true, target: { ...place, timeouts, ...also, ...credentials.value } };
}

/** What else looks like silence, with these settings. */
export function silenceHint({ version }: SwitchSettings): string {
  return version === "3"
    ? "a wrong privacy phrase or context looks the same"
    : "a wrong community looks the same";
}
