/** What a final response says to a person, and what to do about it. */
export interface ResponseAbout {
  readonly sentence: string;
  readonly remedy: string;
}

const about = (sentence: string, remedy: string): ResponseAbout => ({ sentence, remedy });
const nothing = "Nothing to do.";

// RFC 3261 21 and the IANA registry of response codes; what the words mean in practice is from the field.
const byCode: ReadonlyMap<number, ResponseAbout> = new Map([
  [
    300,
    about(
      "several places to go to are offered",
      "Follow one of the Contacts, or fix the account's forwarding.",
    ),
  ],
  [301, about("the address has moved for good", "Set the new address, which Contact tells, in the profile.")],
  [
    302,
    about(
      "the address has moved for now, mostly call forwarding",
      "Try what Contact tells; look at forwarding of the account.",
    ),
  ],
  [
    305,
    about(
      "the server wants to be asked through a proxy",
      "Set the proxy that Contact tells as outbound proxy.",
    ),
  ],
  [
    380,
    about(
      "the call cannot be made so, but in another way",
      "Read the body: it says which service there is instead.",
    ),
  ],
  [
    400,
    about(
      "the server calls the message broken",
      "Look at the reason text; compare over TLS, which no device on the way can alter.",
    ),
  ],
  [
    401,
    about(
      "the server asks for a login",
      "Normal where no login was given; else its user, realm or password is not what the server knows.",
    ),
  ],
  [402, about("the server wants payment first", "Check balance and credit limit with the provider.")],
  [
    403,
    about(
      "the server understood and forbids it",
      "Check its access list, the SIP domain, and whether the account is blocked.",
    ),
  ],
  [
    404,
    about(
      "there is no such user or number at this server",
      "Check the number as it was sent, its prefix, and the domain.",
    ),
  ],
  [405, about("the server does not take this method here", "Allow in the answer tells what it takes.")],
  [
    406,
    about(
      "the server cannot answer in a form that was accepted",
      "Accept in the request is too narrow; a device on the way may have changed it.",
    ),
  ],
  [
    407,
    about("a proxy asks for a login", "Normal for the first request; the phone needs the account's login."),
  ],
  [
    408,
    about(
      "the server asked further on and got no answer in time",
      "The called phone or the next server is silent: check its registration and the way to it.",
    ),
  ],
  [410, about("the number is gone for good", "Remove it from phonebooks and forwardings.")],
  [412, about("what was published before is not known any more", "Publish it anew.")],
  [413, about("the request is too large", "Shorten the codec list.")],
  [414, about("the address is too long", "Shorten it; a loop may have made it grow.")],
  [
    415,
    about(
      "the body's type or its encoding is not understood",
      "Accept in the answer tells what is; turn off body encryption or multipart.",
    ),
  ],
  [416, about("the URI scheme is not understood", "Use sip: instead of sips: or tel:.")],
  [
    420,
    about(
      "an extension that the request demands is not supported",
      "Unsupported in the answer names it; turn it off.",
    ),
  ],
  [421, about("the server demands an extension", "Require in the answer names it; turn it on.")],
  [
    422,
    about("the session interval is too short", "Raise Session-Expires to at least the Min-SE of the answer."),
  ],
  [423, about("the registration time is too short", "Raise it to at least the Min-Expires of the answer.")],
  [428, about("the server wants a signed caller identity", "Calls must be signed (STIR): ask the carrier.")],
  [429, about("who refers must be told", "The transfer lacks Referred-By: update the phone.")],
  [
    430,
    about(
      "the connection to the phone is gone",
      "The phone must register again over a new connection; shorten its keep-alive.",
    ),
  ],
  [433, about("anonymous callers are not taken", "Show the number, or let the callee take anonymous calls.")],
  [
    436,
    about(
      "the certificate of the caller's signature cannot be fetched",
      "Its address must be reachable by HTTPS on port 443.",
    ),
  ],
  [
    437,
    about(
      "the certificate of the caller's signature is not accepted",
      "Its chain must end in the country's list of authorities.",
    ),
  ],
  [438, about("the caller's signature is not valid", "A server changed numbers or the date after signing.")],
  [
    439,
    about(
      "the first hop does not know outbound (RFC 5626)",
      "Turn outbound off in the phone, or update the proxy.",
    ),
  ],
  [440, about("the call was forked too often", "Two servers forward to each other: look at Via.")],
  [469, about("the information package is unknown", nothing)],
  [470, about("the callee's consent is needed", "Let the callee permit it.")],
  [
    480,
    about(
      "the called phone is not logged in, or will not be disturbed",
      "Look at its registration and at do-not-disturb.",
    ),
  ],
  [
    481,
    about(
      "the server no longer knows this call",
      "It restarted, or the request reached another one of a pool.",
    ),
  ],
  [
    482,
    about(
      "the request came back to a server it had passed",
      "Two servers send it to each other: look at Via and at the routes.",
    ),
  ],
  [
    483,
    about("the request passed too many servers", "A routing loop, mostly: look at Via and at the routes."),
  ],
  [
    484,
    about(
      "the number is not complete",
      "Check the dial plan: length, prefix, and whether digits are sent as a block.",
    ),
  ],
  [485, about("the number fits several users", "Dial the whole number.")],
  [486, about("the callee is busy", nothing)],
  [487, about("the call was called off before it was answered", nothing)],
  [
    488,
    about(
      "no codec, or no kind of media protection, in common",
      "Compare the codecs and SRTP of both sides; `offhook diag call` asks for each by itself.",
    ),
  ],
  [489, about("the event package is not known", "Turn that subscription off, or set another one.")],
  [491, about("both sides changed the call at once", "Normal when rare; let one side alone refresh.")],
  [493, about("the body is encrypted for somebody else", "Turn S/MIME off.")],
  [
    494,
    about("the server demands a security agreement", "Security-Server in the answer lists what it takes."),
  ],
  [500, about("a fault inside the server", "Give the Call-ID to whoever runs it: its log names the fault.")],
  [501, about("the server does not know this method", "Nothing, unless a feature depends on it.")],
  [502, about("the next server answered with nonsense", "Whoever runs the trunk must look into it.")],
  [
    503,
    about(
      "the server is overloaded, or has no route to its trunk",
      "Check load and trunk state; phones should have a second server.",
    ),
  ],
  [
    504,
    about("a server further on did not answer in time", "Check the trunk and the name server of the server."),
  ],
  [505, about("the SIP version is not spoken", "A device on the way damaged the start line.")],
  [513, about("the message is too large", "Shorten the codec list, or use TCP.")],
  [555, about("the push service is not supported", "Turn push off.")],
  [580, about("a condition of the call, mostly quality of service, was not met", "Turn preconditions off.")],
  [600, about("the callee is busy everywhere", nothing)],
  [
    603,
    about(
      "the callee declines",
      "When callers from outside get it, a blocking list of the network may say so.",
    ),
  ],
  [604, about("the number exists nowhere", "Check the number and its prefix.")],
  [606, about("nobody there takes this kind of media", "Compare codecs, bandwidth and encryption.")],
  [
    607,
    about(
      "the callee does not want this caller",
      "The number is on a blocking list: ask the callee's provider.",
    ),
  ],
  [
    608,
    about(
      "a blocking service of the network rejects the call",
      "Call-Info in the answer tells whom to ask for redress.",
    ),
  ],
]);

const byClass: readonly ResponseAbout[] = [
  about("it goes on", nothing),
  about("done", nothing),
  about("the address has moved", "Contact tells where."),
  about("the server refuses this request", "The reason text says why."),
  about("the server failed", "Give the Call-ID to whoever runs it."),
  about("nobody anywhere takes the request", "The reason text says why."),
];

/** A response code in plain words; a code nobody registered is treated as its class (RFC 3261 8.1.3.2). */
export function explainResponse(code: number): ResponseAbout {
  return byCode.get(code) ?? byClass[Math.floor(code / 100) - 1] ?? about("no known answer", nothing);
}

// RFC 3261 20.43.
const warnings: ReadonlyMap<number, string> = new Map([
  [300, "a network protocol of the session is not available"],
  [301, "a network address form of the session is not available"],
  [302, "a transport protocol of the session is not available"],
  [303, "a unit of bandwidth is not understood"],
  [304, "a kind of media is not available"],
  [305, "a media format (codec) is not available"],
  [306, "an attribute of the session is not understood"],
  [307, "a parameter of the session is not understood"],
  [330, "multicast is not available"],
  [331, "unicast is not available"],
  [370, "there is not enough bandwidth"],
]);

/** `305 pbx "no codec"` in plain words: the code's meaning and the text; undefined for what is no warning. */
export function explainWarning(value: string): string | undefined {
  const match = /^(\d{3}) \S+ "((?:[^"\\]|\\.)*)"/.exec(value);
  if (match === null) return undefined;
  const meaning = warnings.get(Number(match[1]));
  const text = match[2] ?? "";
  return meaning === undefined ? text : `${meaning} ("${text}")`;
}
