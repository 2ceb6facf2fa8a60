import { Secret } from "../secret.ts";
import { decodeAuthHeader, type AuthHeader } from "./auth-header.ts";
import { checkCredentials, digestAlgorithm, digestHa1, type DigestAlgorithm } from "./digest.ts";
import { headerValues, type SipRequest } from "./message.ts";

/** What we know of an account, to judge what a phone sent for it. */
export interface KnownAccount {
  readonly user: string;
  /** User of the login, where it is another. */
  readonly authUser?: string;
  readonly domain: string;
  readonly password: Secret;
}

/** What the sender of an Authorization did, by computing its digest again. */
export interface CredentialsJudged {
  /** `right`: the digest is that of this account, so the server's own record differs. */
  readonly cause:
    | "right"
    | "none"
    | "user"
    | "realm"
    | "uri"
    | "method"
    | "algorithm"
    | "qop"
    | "password-spaces"
    | "password-case"
    | "password-empty"
    | "password";
  readonly sentence: string;
}

interface Variant {
  readonly cause: CredentialsJudged["cause"];
  readonly sentence: string;
  readonly user?: string;
  readonly realm?: string;
  readonly password?: Secret;
  readonly method?: string;
  readonly fields?: Readonly<Record<string, string | null>>;
}

/**
 * Computes the digest of a request's Authorization (or Proxy-Authorization) again with the account that we know, and if
 * it differs, with each of the usual mistakes in turn, so that the mistake can be named. `realm` is the challenge's.
 */
export function judgeCredentials(
  request: SipRequest,
  account: KnownAccount,
  realm: string,
): CredentialsJudged {
  const header = ["Authorization", "Proxy-Authorization"]
    .flatMap((name) => headerValues(request, name))
    .map((value) => decodeAuthHeader(value))
    .find((each) => each.ok && each.value.scheme.toLowerCase() === "digest");
  if (header === undefined || !header.ok) return { cause: "none", sentence: "no digest was sent" };
  const { parameters } = header.value;
  if (digestAlgorithm(parameters.get("algorithm")) === undefined) {
    return {
      cause: "algorithm",
      sentence: `it answers with ${parameters.get("algorithm")}, which is not known here`,
    };
  }
  const found = variantsOf(header.value, account, realm).find((each) =>
    fits(request, header.value, account, each),
  );
  if (found !== undefined) return { cause: found.cause, sentence: found.sentence };
  return { cause: "password", sentence: "it holds another password than the one that is known here" };
}

function variantsOf(header: AuthHeader, account: KnownAccount, realm: string): readonly Variant[] {
  const sent = (name: string): string => header.parameters.get(name) ?? "";
  const login = account.authUser ?? account.user;
  return [
    ...(sent("realm") === realm ? [] : wrongRealm(sent("realm"), realm)),
    ...(sent("username") === login ? [] : wrongUser(sent("username"), login)),
    { cause: "right", sentence: "user, realm and password give the very digest that was sent" },
    ...mistakesInHashing(header, account, realm),
    ...mistakesInPassword(account.password),
  ];
}

/** The digest is of the known password, but of a realm that the server did not ask for. */
function wrongRealm(sent: string, realm: string): readonly Variant[] {
  const sentence = `it answers for the realm "${sent}", the server asked for "${realm}"`;
  return [{ cause: "realm", sentence }];
}

function wrongUser(sent: string, login: string): readonly Variant[] {
  const sentence = `it logs in as "${sent}", the account's login is "${login}"`;
  return [
    { cause: "user", sentence },
    { cause: "user", sentence, user: login },
  ];
}

/** What was hashed is not what was written beside it. */
function mistakesInHashing(header: AuthHeader, account: KnownAccount, realm: string): readonly Variant[] {
  const users = new Set([
    account.user,
    account.authUser ?? account.user,
    `${account.user}@${account.domain}`,
  ]);
  const realms = new Set([account.domain, realm, ""]);
  const uris = new Set([`sip:${account.domain}`, `sip:${account.user}@${account.domain}`]);
  const named = header.parameters.get("algorithm") ?? "MD5";
  return [
    ...[...users].map((user): Variant => {
      return { cause: "user", user, sentence: `it hashed the user "${user}", and wrote another` };
    }),
    ...[...realms].map((other): Variant => {
      return { cause: "realm", realm: other, sentence: `it hashed the realm "${other}", and wrote another` };
    }),
    ...[...uris].map((uri): Variant => {
      return { cause: "uri", fields: { uri }, sentence: `it hashed the URI "${uri}", and wrote another` };
    }),
    ...["MD5", "SHA-256", "SHA-512-256"].map((algorithm): Variant => {
      return {
        cause: "algorithm",
        fields: { algorithm },
        sentence: `it says ${named} and hashed with ${algorithm}`,
      };
    }),
    { cause: "qop", fields: { qop: null }, sentence: "it names a qop and hashed as if there were none" },
    { cause: "qop", fields: { qop: "auth" }, sentence: "it hashed with qop auth and does not say so" },
    ...["REGISTER", "INVITE"].map((method): Variant => {
      return { cause: "method", method, sentence: `it hashed the method ${method}, in a request of another` };
    }),
  ];
}

function mistakesInPassword(password: Secret): readonly Variant[] {
  const known = password.reveal();
  const caseSwapped = [known.toLowerCase(), known.toUpperCase()].filter((each) => each !== known);
  return [
    ...[known.trim(), ` ${known}`, `${known} `, `${known}\n`].map((text): Variant => {
      const sentence = "its password differs by white space at an end";
      return { cause: "password-spaces", password: new Secret(text), sentence };
    }),
    ...caseSwapped.map((text): Variant => {
      const sentence = "its password differs by upper and lower case";
      return { cause: "password-case", password: new Secret(text), sentence };
    }),
    { cause: "password-empty", password: new Secret(""), sentence: "its password is empty" },
  ];
}

function fits(request: SipRequest, header: AuthHeader, account: KnownAccount, variant: Variant): boolean {
  const parameters = new Map(header.parameters);
  for (const [name, value] of Object.entries(variant.fields ?? {})) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  const ha1Of = (user: string, realm: string, algorithm: DigestAlgorithm): string =>
    digestHa1(algorithm, variant.user ?? user, variant.realm ?? realm, variant.password ?? account.password);
  const { method = request.method } = variant;
  return checkCredentials({ ...request, method }, { ...header, parameters }, ha1Of);
}
