import { createHash, timingSafeEqual } from "node:crypto";
import type { ClaimKind, DenialKind } from "../../protocol/answer.ts";
import type { Device } from "../../protocol/device.ts";
import type { Credential, PhoneRequest } from "../../protocol/phone-request.ts";
import { Secret } from "../../protocol/secret.ts";
import { digestAlgorithm, digestHa1, digestResponse } from "../../protocol/sip/digest.ts";
import type { Site } from "../../protocol/site.ts";
import type { FirstAccessToken } from "./first-access.ts";
import { againstLocation, type SeenPort } from "./location.ts";
import { tokenMatches } from "./device-token.ts";

interface Refusal {
  readonly kind: DenialKind;
  readonly reason: string;
  readonly remedy: string;
}

/** Let in, and how; or not, and why. */
export type Authorization =
  | { readonly ok: true; readonly claim: ClaimKind }
  | { readonly ok: false; readonly refusal: Refusal };

export interface AuthorizeInput {
  readonly request: Pick<PhoneRequest, "credential" | "address" | "at">;
  /** Whose file is asked for. */
  readonly device: Device;
  readonly site: Site | undefined;
  /** Sites one of whose networks holds the request's address. */
  readonly sitesHere: readonly Site[];
  /** Where agents see the phone. */
  readonly seenOn: readonly SeenPort[];
  readonly serverKey: Uint8Array;
  /** Whose token for the first access the request shows, if it shows one. */
  readonly firstAccess?: FirstAccessToken | undefined;
}

const claimed = (claim: ClaimKind): Authorization => ({ ok: true, claim });
const refuse = (
  kind: DenialKind,
  reason: string,
  remedy: string,
): Authorization & { readonly ok: false } => ({
  ok: false,
  refusal: { kind, reason, remedy },
});

/** Compares without telling by its time where two texts differ; digests make the lengths equal. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function byCertificate(credential: Credential & { kind: "certificate" }, device: Device): Authorization {
  // Pinned twice: the maker of this very family signed it, and it names this MAC. One that a series shares names none.
  const isOwn = credential.vouched.some(({ vendor, mac }) => vendor === device.vendor && mac === device.mac);
  if (credential.verified && isOwn) return claimed("certificate");
  return refuse(
    "bad-certificate",
    credential.verified
      ? "the client certificate names another phone, or none, or is another maker's"
      : "the client certificate is not signed by a maker we trust",
    "Use the token address of this phone, or open the site's window.",
  );
}

function byToken(credential: Credential & { kind: "token" }, input: AuthorizeInput): Authorization {
  const { device, serverKey } = input;
  if (tokenMatches(serverKey, device.mac, device.tokenGeneration, credential.token.reveal()))
    return claimed("token");
  const { firstAccess } = input;
  if (firstAccess?.mac === device.mac && firstAccess.generation === device.tokenGeneration)
    return byFirstAccess(firstAccess, input.request.at);
  return refuse(
    "bad-token",
    "the token in the path is not this phone's, or was replaced by a newer one",
    "Give the phone its present address: `offhook phone show` prints it.",
  );
}

function byFirstAccess({ expiresAt, usesLeft }: FirstAccessToken, at: number): Authorization {
  if (at >= expiresAt) return spentToken(`its time was over at ${new Date(expiresAt).toISOString()}`);
  return usesLeft > 0 ? claimed("first-access") : spentToken("it was used as often as it may be");
}

/** The token in the path was good once. */
export function spentToken(why: string): Authorization & { readonly ok: false } {
  return refuse(
    "spent-token",
    `the token in the path was for the phone's first access, and ${why}`,
    "Give the phone a new one: `offhook phone token MAC --first` prints its address.",
  );
}

/** Only a password of the device's own counts: one that a site shares would open every phone of it. */
function byPassword(credential: Credential & { kind: "basic" }, device: Device): Authorization {
  const { user, password } = device.settings.provisioning ?? {};
  const known = user !== undefined && password !== undefined && password !== "";
  const userFits = sameText(credential.user, user ?? "");
  const passwordFits = sameText(credential.password.reveal(), password ?? "");
  if (known && userFits && passwordFits) return claimed("password");
  return wrongPassword();
}

function wrongPassword(): Authorization {
  return refuse(
    "bad-credentials",
    "user or password of the phone is wrong, or none is set for it",
    "Set provisioning.user and provisioning.password of the phone, and type the same into it.",
  );
}

/** RFC 7616 section 3.4.1, with the password as in {@link byPassword}. */
function byDigest(credential: Credential & { kind: "digest" }, device: Device): Authorization {
  const { user, password } = device.settings.provisioning ?? {};
  const known = user !== undefined && password !== undefined && password !== "";
  const algorithm = digestAlgorithm(credential.algorithm) ?? { hash: "sha-256", session: false };
  const { realm, nonce, cnonce, nonceCount, uri, method } = credential;
  const ha1 = digestHa1(algorithm, user ?? "", realm, new Secret(password ?? ""));
  const body = new Uint8Array();
  const expected = digestResponse({
    algorithm,
    ha1,
    nonce,
    cnonce,
    nonceCount,
    qop: "auth",
    method,
    uri,
    body,
  });
  const fits = sameText(credential.response.reveal(), expected) && sameText(credential.user, user ?? "");
  if (known && fits && credential.fresh) return claimed("password");
  if (known && fits)
    return refuse(
      "bad-credentials",
      "the phone answered a challenge that is too old, or answered it twice",
      "The phone asks again by itself; if it does not, another program repeats its requests.",
    );
  return wrongPassword();
}

function byNetwork({ request, device, site, sitesHere, seenOn }: AuthorizeInput): Authorization {
  if (site === undefined || !sitesHere.some((here) => here.id === site.id))
    return refuse(
      "outside-network",
      `the phone showed no credential, and ${request.address} is in no network of its site ${device.site}`,
      "Add the network to the site, or give the phone its token address.",
    );
  const against = site.location === undefined ? "" : againstLocation(site, device, seenOn, request.at);
  if (against === undefined) return claimed("location");
  if ((site.windowUntil === undefined || request.at >= site.windowUntil) && against !== "")
    return refuse(
      "wrong-port",
      `the phone showed no credential, and ${against}`,
      "Plug it in where it belongs, plan its port (`offhook phone add MAC --port`), or open the site's window.",
    );
  if (site.windowUntil === undefined || request.at >= site.windowUntil)
    return refuse(
      "window-closed",
      `the phone showed no credential, and the window of site ${site.id} is closed`,
      "Open the window for a while, or give the phone its token address.",
    );
  return claimed("network");
}

/** Whether this request may have this device's files. The credential that is shown decides; without one, the network. */
export function authorize(input: AuthorizeInput): Authorization {
  const { credential } = input.request;
  if (input.device.state === "revoked")
    return refuse(
      "bad-credentials",
      "the phone was revoked",
      "Add it again if it should work: `offhook phone add`.",
    );
  switch (credential?.kind) {
    case undefined:
      return byNetwork(input);
    case "token":
      return byToken(credential, input);
    case "basic":
      return byPassword(credential, input.device);
    case "digest":
      return byDigest(credential, input.device);
    case "certificate": {
      const answer = byCertificate(credential, input.device);
      // Phones with a shared or foreign certificate show it wherever they are asked: it harms no other claim.
      const network = answer.ok ? answer : byNetwork(input);
      return network.ok ? network : answer;
    }
  }
}
