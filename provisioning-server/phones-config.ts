import { Type, type Static } from "typebox";

const Port = (about: string, port: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: port, description: `${about}; 0 takes any free one` });
const Host = (about: string) => Type.String({ maxLength: 253, default: "0.0.0.0", description: about });
const File = (about: string) => Type.String({ minLength: 1, maxLength: 4096, description: about });
const Vendor = Type.String({
  pattern: "^[a-z0-9-]{1,40}$",
  description: "as `offhook profile list` names it",
});

/** The doors of phones that speak HTTP: `[phones]` of server.toml. */
export const PhonesConfig = Type.Object(
  {
    host: Host("address of the phones' HTTPS door"),
    port: Port("its port", 8443),
    challenge: Type.Array(Type.Enum(["digest-sha256", "digest-md5", "basic"]), {
      default: [],
      maxItems: 3,
      description: "ask whoever is not let in for a password, in this order; empty: 404",
    }),
    makers: Type.Array(
      Type.Object(
        {
          vendor: Vendor,
          ca: File("PEM of the maker's roots and issuing authorities"),
          subject: Type.Array(Type.String({ maxLength: 40 }), {
            default: ["CN"],
            description: "attributes of the subject that hold the MAC",
          }),
        },
        { additionalProperties: false },
      ),
      { default: [], maxItems: 100, description: "makers whose phones' certificates are asked for" },
    ),
    certificate: Type.Optional(
      Type.Object({ cert: File("PEM, with its chain"), key: File("PEM") }, { additionalProperties: false }),
    ),
    acme: Type.Optional(
      Type.Object(
        {
          directory: Type.String({ pattern: "^https://", description: "address of the ACME directory" }),
          email: Type.String({ maxLength: 254, description: "whom the authority writes to" }),
          names: Type.Array(Type.String({ maxLength: 253 }), { minItems: 1, maxItems: 50 }),
          agree: Type.Literal(true, { description: "the authority's terms are accepted" }),
          ca: Type.Optional(File("PEM, where the directory's own certificate is by a private authority")),
        },
        { additionalProperties: false },
      ),
    ),
    http: Type.Object(
      {
        enabled: Type.Boolean({ default: false, description: "open the door without TLS: bootstrap alone" }),
        host: Host("its address"),
        port: Port("its port", 8080),
      },
      { additionalProperties: false, default: {} },
    ),
    legacy: Type.Object(
      {
        enabled: Type.Boolean({ default: false, description: "open the door of TLS 1.0 and 1.1" }),
        host: Host("its address"),
        port: Port("its port", 4443),
        certificate: Type.Optional(
          Type.Object(
            { cert: File("PEM, with its chain; else the server's own RSA"), key: File("PEM") },
            { additionalProperties: false },
          ),
        ),
        vendors: Type.Array(Vendor, { default: [], maxItems: 50, description: "families that may use it" }),
      },
      { additionalProperties: false, default: {} },
    ),
  },
  { additionalProperties: false, default: {} },
);
export type PhonesConfig = Static<typeof PhonesConfig>;
