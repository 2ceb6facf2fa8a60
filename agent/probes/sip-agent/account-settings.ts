import { Type } from "typebox";

/** What every probe that logs in is told besides the user: members of its settings' schema. */
export const accountSettings = {
  authUser: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: "user of the digest login, where it is another",
    }),
  ),
  passwordFrom: Type.Optional(
    Type.String({
      maxLength: 400,
      pattern: "^(?:env|file):.+$",
      description: "where the password is: env:NAME or file:PATH",
    }),
  ),
  domain: Type.Optional(
    Type.String({ maxLength: 253, description: "SIP domain of the account, where it is not the host" }),
  ),
  transport: Type.Enum(["udp", "tcp", "tls"], { default: "udp", description: "how SIP travels" }),
};
