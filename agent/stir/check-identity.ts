import type { X509Certificate } from "node:crypto";
import { mismatchSentence } from "../../protocol/decoded.ts";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { headerValue, type SipMessage } from "../../protocol/sip/message.ts";
import { decodeNameAddr } from "../../protocol/sip/name-addr.ts";
import { decodeIdentity } from "../../protocol/stir/identity.ts";
import { rebuildPayload } from "../../protocol/stir/rebuild-payload.ts";
import { judgeSignature, numberMismatches, type NamedParties } from "../../protocol/stir/judge-identity.ts";
import type { FetchedCertificate } from "../io/tls/fetch-certificate.ts";
import { judgeCertificate } from "./judge-certificate.ts";

export interface IdentityCheck {
  /** ms since 1970. */
  readonly at: number;
  readonly roots: readonly X509Certificate[];
  fetch(url: string): Promise<FetchedCertificate>;
}

/** What a message (or an Identity header alone) says of its caller, as observations of `call:<Call-ID>`. */
export async function checkIdentity(text: string, check: IdentityCheck): Promise<Observation[]> {
  const message = messageIn(text);
  const callId = message === undefined ? undefined : headerValue(message, "Call-ID");
  const observe = observerOf("identity", `call:${callId ?? "header"}`, check.at);
  const value = (message && headerValue(message, "Identity")) ?? bareHeader(text);
  if (value === undefined) return [observe("stir.identity", false)];
  const parties = message === undefined ? {} : partiesOf(message);
  // The compact form says nothing itself: header and payload are made again from the message.
  const payload = rebuildPayload(parties, message && headerValue(message, "Date"));
  const read = decodeIdentity(value, payload === undefined ? undefined : { payload });
  if (!read.ok)
    return [
      observe("stir.identity", true, { evidence: value }),
      observe("stir.signature", mismatchSentence(read.why)),
    ];
  const identity = read.value;
  const said = [
    observe("stir.identity", true, { evidence: value }),
    observe("stir.attest", identity.attestation),
    observe("stir.caller", [...identity.caller.numbers, ...identity.caller.uris].join(", ").slice(0, 400)),
    observe("stir.age", Math.round(check.at / 1000 - identity.issuedAt)),
    observe(
      "stir.numbers",
      numberMismatches(identity, parties)
        .slice(0, 10)
        .map((each) => each.slice(0, 400)),
    ),
  ];
  const fetched = await check.fetch(identity.info);
  if (!fetched.ok) return [...said, observe("stir.certificate", fetched.why, { evidence: identity.info })];
  const judged = judgeCertificate(fetched.pem, check.roots, check.at);
  if (judged === undefined)
    return [...said, observe("stir.certificate", "what came is no certificate", { evidence: identity.info })];
  return [
    ...said,
    observe("stir.certificate", "fetched", { evidence: identity.info }),
    observe("stir.signature", judgeSignature(identity, judged.certificate.publicKey)),
    observe("stir.trust", judged.trust, { evidence: judged.certificate.subject }),
  ];
}

/** The first SIP request in a text: the message itself, or one inside a trace. */
function messageIn(text: string): SipMessage | undefined {
  const at = text.search(/^[A-Z]+ sips?:\S+ SIP\/2\.0\r?$/m);
  if (at === -1) return undefined;
  const read = decodeSip(Buffer.from(text.slice(at), "utf8"), { fields: false });
  return read.ok ? read.value.message : undefined;
}

function bareHeader(text: string): string | undefined {
  const value =
    /^(?:Identity\s*:\s*|y\s*:\s*)?([A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\s*;.*)$/im.exec(text);
  return value?.[1];
}

function partiesOf(message: SipMessage): NamedParties {
  const asserted = userIn(message, "P-Asserted-Identity");
  const caller = asserted ?? userIn(message, "From");
  const called = userIn(message, "To");
  return { ...(caller === undefined ? {} : { caller }), ...(called === undefined ? {} : { called }) };
}

function userIn(message: SipMessage, header: string): { header: string; user: string } | undefined {
  const value = headerValue(message, header);
  const read = value === undefined ? undefined : decodeNameAddr(value);
  if (read?.ok !== true) return undefined;
  const { uri } = read.value;
  const user = uri.kind === "sip" ? uri.user : uri.scheme === "tel" ? uri.rest : undefined;
  return user === undefined ? undefined : { header, user };
}
