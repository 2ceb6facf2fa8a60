import { decodeAuthHeader } from "./auth-header.ts";
import type { Defects } from "./defect.ts";
import { headerValues, type SipHeader, type SipMessage } from "./message.ts";
import { splitOutsideQuotes } from "./split.ts";
import { decodeVia } from "./via.ts";

/**
 * What is sound in form and yet cannot be acted on (RFC 4475 3.3): who gets it refuses or ignores it, so it is told apart.
 */
export function applicationDefects(message: SipMessage, defects: Defects): void {
  for (const header of message.headers) {
    const check = checks[header.name];
    const at = header.wire?.valueAt ?? 0;
    if (check !== undefined) check(header, at, message, defects);
  }
}

type Check = (header: SipHeader, at: number, message: SipMessage, defects: Defects) => void;

// The IANA registry of option tags, those in use.
const optionTags = new Set(
  (
    "100rel answermode control early-session eventlist explicitsub from-change geolocation-http geolocation-sip gin gruu " +
    "histinfo ice join multiple-refer norefersub nosub outbound path policy precondition pref privacy recipient-list-invite " +
    "recipient-list-message recipient-list-subscribe record-aware replaces resource-priority sdp-anat sec-agree siprec " +
    "tdialog timer trickle-ice uui"
  ).split(" "),
);

// RFC 3261 22 and 26: Digest; Basic was taken out; Bearer is RFC 8898.
const authSchemes = new Set(["digest", "basic", "bearer"]);

const bodyTypes = /^(?:application|multipart|message|text|image|audio|video)\/[\w.+!#$&^-]+/i;

const demanded: Check = (header, at, _message, defects) => {
  for (const { text, at: place } of splitOutsideQuotes(header.value, ",")) {
    if (text !== "" && !optionTags.has(text.toLowerCase())) {
      defects.add("extension-unknown", at + place, "an extension that is registered", text);
    }
  }
};

const login: Check = (header, at, _message, defects) => {
  const read = decodeAuthHeader(header.value);
  if (read.ok && !authSchemes.has(read.value.scheme.toLowerCase())) {
    defects.add("auth-scheme-unknown", at, "Digest", read.value.scheme);
  }
};

const checks: Readonly<Record<string, Check>> = {
  Require: demanded,
  "Proxy-Require": demanded,
  Authorization: login,
  "Proxy-Authorization": login,
  "WWW-Authenticate": login,
  "Proxy-Authenticate": login,
  "Content-Type": (header, at, _message, defects) => {
    if (!bodyTypes.test(header.value)) {
      defects.add("body-type-unknown", at, "a type of body that is registered", header.value);
    }
  },
  Via: (header, at, message, defects) => {
    // A response that is not ours shows it here: its sent-by is no place that could have asked (RFC 4475 3.3.11).
    for (const { text, at: place } of splitOutsideQuotes(header.value, ",")) {
      const via = decodeVia(text);
      if (
        message.kind === "response" &&
        via.ok &&
        /^(?:255\.255\.255\.255|0\.0\.0\.0)$/.test(via.value.host)
      ) {
        defects.add("via-broadcast", at + place, "the address of one host", via.value.host);
      }
    }
  },
  "Max-Forwards": (header, at, message, defects) => {
    if (message.kind === "request" && /^0+$/.test(header.value)) {
      defects.add("hops-used-up", at, "a hop that is left", header.value);
    }
  },
  Accept: (header, at, message, defects) => {
    // An INVITE's answer needs a description that the caller can read (RFC 4475 3.3.15).
    if (message.kind !== "request" || message.method !== "INVITE") return;
    const accepted = headerValues(message, "Accept").join(",");
    if (!/application\/(?:sdp|\*)|\*\/\*/i.test(accepted)) {
      defects.add("accept-without-sdp", at, "application/sdp among what is accepted", header.value);
    }
  },
};
