import type { DefectName } from "../../../protocol/sip/defect.ts";

/** A message of our own, of the kind that RFC 4475 or 5118 (or the field) calls by this name. */
export interface TortureMessage {
  readonly like: string;
  readonly text: string;
  /** Every one of these must be found; none at all means: valid, and nothing may be found. */
  readonly defects: readonly DefectName[];
  /** Not even a message: refused with a reason. */
  readonly refused?: true;
  readonly stream?: true;
}

interface Parts {
  readonly start?: string;
  /** Replaced or (null) left out; other names are added behind. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly more?: readonly string[];
  readonly body?: string;
  readonly length?: number | null;
}

function message({ start, headers = {}, more = [], body = "", length }: Parts): string {
  const first = start ?? "OPTIONS sip:anna@pbx.example SIP/2.0";
  const method = first.startsWith("SIP/") ? "INVITE" : (first.split(" ")[0] ?? "");
  const all: Record<string, string | null> = {
    Via: "SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK.t0rt;rport",
    "Max-Forwards": "70",
    From: "<sip:bert@pbx.example>;tag=b3rt",
    To: "<sip:anna@pbx.example>",
    "Call-ID": "t0rture@192.0.2.4",
    CSeq: `17 ${method}`,
    ...(method === "INVITE" ? { Contact: "<sip:bert@192.0.2.4>" } : {}),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  const bytes = Buffer.byteLength(body);
  const end = length === null ? [] : [`Content-Length: ${length ?? bytes}`];
  return [first, ...lines, ...more, ...end, "", body].join("\r\n");
}

const valid: readonly (readonly [like: string, text: string, stream?: true])[] = [
  [
    "wsinv: white space, folds, compact forms and odd case everywhere",
    [
      "INVITE sip:anna@pbx.example;unknownparam SIP/2.0",
      "TO :",
      " sip:anna@pbx.example ;   tag    = 77f",
      'from   : "B Bertelsmann \\\\\\""       <sip:bert@pbx.example>',
      "  ;",
      "  tag = b3rt",
      "MaX-fOrWaRdS: 0068",
      "i: ws.1@192.0.2.4",
      "cseq: 0009",
      "  INVITE",
      "Via  : SIP  /   2.0",
      " /UDP",
      "    192.0.2.2;branch=390skdj",
      "s :",
      "NewFangled:   first",
      " second line of it",
      "Odd: ;;,,;;,;",
      "c: application/sdp",
      "Route:",
      " <sip:proxy.pbx.example;lr;unknownwith=value;unknown-no-value>",
      "v:  SIP  / 2.0  / TCP     far.pbx.example   ;",
      "  branch  =   z9hG4bK9ikj8  ,",
      " SIP  /    2.0   / UDP  192.168.7.111   ; branch=",
      " z9hG4bK30239",
      'm:"Quoted \\"\\"" <sip:bert@pbx.example> ; newparam =',
      "      newvalue ;",
      "  secondparam ; q = 0.33",
      "l: 4",
      "",
      "v=0\n",
    ].join("\r\n"),
  ],
  [
    "intmeth: a method and a user of all characters that are allowed, control bytes behind a backslash, UTF-8",
    message({
      start:
        "!odd-Method0123456789_*+`.%indeed'~ sip:1_odd.User~(be!sure)&isn't+it$/crazy?,/;;*:p&+=,$w~d@pbx.example SIP/2.0",
      headers: {
        From: "odd~ name' -.!%*_+`'~ <sip:bert@pbx.example>;prm''~+*_!.-%=\"работает\";tag=_t~1'+`*%!-.",
        To: '"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f" <sip:1_odd.User~(be!sure)&isn\'t+it$/crazy?,/;;*@pbx.example>',
      },
    }),
  ],
  [
    "esc01: escapes in user, parameters and a nested URI",
    message({
      start: "INVITE sip:sips%3Auser%40pbx.example@other.example SIP/2.0",
      headers: {
        To: "sip:%75se%72@pbx.example",
        From: "<sip:I%20have%20spaces@pbx.example>;tag=938",
        Contact: "<sip:cal%6Cer@192.0.2.4;%6C%72;n%61me=v%61lue%25%34%31>",
      },
    }),
  ],
  [
    "escnull: an escaped NUL",
    message({
      start: "REGISTER sip:pbx.example SIP/2.0",
      headers: { To: "sip:null-%00-null@pbx.example", Contact: "<sip:%00@192.0.2.4>" },
    }),
  ],
  [
    "esc02: a % that is no escape, in method and display name",
    message({
      start: "RE%47IST%45R sip:pbx.example SIP/2.0",
      headers: { To: '"%Z%45" <sip:anna@pbx.example>' },
    }),
  ],
  [
    "lwsdisp: no space between name and bracket",
    message({ headers: { From: "caller<sip:bert@pbx.example>;tag=323" } }),
  ],
  [
    "longreq: long values and many Vias",
    message({
      headers: {
        From: `"${"long ".repeat(300)}" <sip:${"x".repeat(600)}@pbx.example;${"p".repeat(500)}=${"v".repeat(500)}>;tag=${"7".repeat(300)}`,
        "Call-ID": "c".repeat(2000),
      },
      more: Array.from({ length: 60 }, (_, hop) => `Via: SIP/2.0/TCP hop${hop}.example;branch=z9hG4bK${hop}`),
      body: "x".repeat(6000),
    }),
  ],
  [
    "dblreq: a second request behind the body of a datagram is not looked at",
    `${message({ start: "REGISTER sip:pbx.example SIP/2.0" })}INVITE sip:joe@pbx.example SIP/2.0\r\nrubbish`,
  ],
  [
    "semiuri: semicolons in the user part",
    message({ start: "OPTIONS sip:user;par=u%40other.example@pbx.example SIP/2.0" }),
  ],
  [
    "transports: Via transports known and unknown",
    message({
      more: ["SCTP", "TLS", "UNKNOWN", "TCP"].map(
        (name) => `Via: SIP/2.0/${name} t.example;branch=z9hG4bK${name}`,
      ),
    }),
  ],
  [
    "mpart01: a body of several parts, with blank lines and binary in it",
    message({
      start: "MESSAGE sip:anna@pbx.example SIP/2.0",
      more: ["Content-Type: multipart/mixed;boundary=7a9cbec02ceef655"],
      body: "--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n\r\n\u0000\u0001\r\n--7a9cbec02ceef655--\r\n",
    }),
  ],
  [
    "unreason: a reason phrase in UTF-8",
    message({ start: "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое" }),
  ],
  ["noreason: an empty reason phrase", message({ start: "SIP/2.0 100 " })],
  [
    "RFC 5118 4.1: an IPv6 address as Request-URI",
    message({
      start: "REGISTER sip:[2001:db8::10] SIP/2.0",
      headers: {
        Via: "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3",
        Contact: '"Anna" <sip:anna@[2001:db8::1]:5062>',
      },
    }),
  ],
  [
    "RFC 5118 4.5: received with and without brackets",
    message({
      start: "SIP/2.0 200 OK",
      headers: {
        Via: "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3, SIP/2.0/UDP [2001:db8::9:2];received=2001:db8::9:255;branch=z9hG4bKas4",
      },
    }),
  ],
  [
    "Contact * to remove all registrations",
    message({ start: "REGISTER sip:pbx.example SIP/2.0", headers: { Contact: "*" }, more: ["Expires: 0"] }),
  ],
  [
    "rport with a value in a request",
    message({ headers: { Via: "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKq;rport=5060" } }),
  ],
  [
    "a comma in a quoted display name and one inside brackets",
    message({
      headers: {
        To: '"Watson, Thomas" <sip:t,w@pbx.example>',
        Contact: '"A, B" <sip:a@192.0.2.4>;q=0.1, <sip:b,c@192.0.2.4>',
      },
    }),
  ],
  [
    "a challenge with commas and a Date",
    message({
      start: "SIP/2.0 401 Unauthorized",
      more: [
        'WWW-Authenticate: Digest realm="a, b", nonce="1,2", qop="auth,auth-int"',
        "Date: Fri, 01 Jan 2010 16:00:00 GMT",
      ],
    }),
  ],
  ["line ends before the start line of a stream", `\r\n\r\n${message({})}`, true],
  [
    "cparam01: a Contact without brackets: its parameter is the header's, and unknown",
    message({
      start: "REGISTER sip:pbx.example SIP/2.0",
      headers: { Contact: "sip:+19725552222@gw1.pbx.example;unknownparam" },
    }),
  ],
  [
    "cparam02: a Contact in brackets: its parameter is the URI's",
    message({
      start: "REGISTER sip:pbx.example SIP/2.0",
      headers: { Contact: "<sip:+19725552222@gw1.pbx.example;unknownparam>" },
    }),
  ],
  [
    "regescrt: headers escaped inside a Contact in brackets",
    message({
      start: "REGISTER sip:pbx.example SIP/2.0",
      headers: { Contact: "<sip:user@pbx.example?Route=%3Csip:sip.pbx.example%3E>" },
    }),
  ],
  [
    "RFC 5118 4.4: an IPv6 received without brackets, in a response",
    message({
      start: "SIP/2.0 200 OK",
      headers: { Via: "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-111" },
    }),
  ],
  [
    "RFC 5118 4.6: IPv4 and IPv6 side by side in Via",
    message({
      headers: {
        Via: "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bK.6, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK.4",
      },
    }),
  ],
  [
    "RFC 5118 4.7: IPv6 in o=, c= and a candidate, IPv4 in another medium",
    message({
      start: "INVITE sip:anna@[2001:db8::10] SIP/2.0",
      headers: {
        Contact: "<sip:bert@[2001:db8::9:1]>",
        Via: "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3",
      },
      more: ["Content-Type: application/sdp"],
      body: "v=0\r\no=- 1 1 IN IP6 2001:db8::20\r\ns=-\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\nc=IN IP6 2001:db8::20\r\nm=video 6024 RTP/AVP 107\r\nc=IN IP4 192.0.2.1\r\na=rtpmap:107 H263-1998/90000\r\n",
    }),
  ],
  [
    "RFC 5118 4.10: an IPv6 reference with an IPv4-mapped tail",
    message({
      start: "INVITE sip:anna@[::ffff:192.0.2.10] SIP/2.0",
      headers: {
        Contact: "<sip:bert@[::ffff:192.0.2.2]>",
        Via: "SIP/2.0/UDP [::ffff:192.0.2.2]:19823;branch=z9hG4bKbh19",
      },
    }),
  ],
  ["no Content-Length in a datagram: the body runs to its end", message({ length: null, body: "hello" })],
];

const invalid: readonly (readonly [
  like: string,
  defects: readonly DefectName[],
  text: string,
  stream?: true,
])[] = [
  [
    "badinv01: separators with nothing between",
    ["parameter-syntax"],
    message({
      start: "INVITE sip:anna@pbx.example SIP/2.0",
      headers: { Via: "SIP/2.0/UDP 192.0.2.15;;,;,,", Contact: '"Joe" <sip:joe@192.0.2.4>;;;;' },
    }),
  ],
  [
    "clerr: Content-Length beyond the end",
    ["content-length-beyond-end"],
    message({ body: "short", length: 9999 }),
  ],
  ["ncl: a negative Content-Length", ["content-length-syntax"], message({ length: -999 })],
  [
    "scalar02: numbers too large in a request",
    ["number-range"],
    message({
      headers: { CSeq: "36893488147419103232 OPTIONS", "Max-Forwards": "300" },
      more: ["Expires: 10000000000000000000000000000", "Contact: <sip:a@192.0.2.4>;expires=280297596632815"],
    }),
  ],
  [
    "scalarlg: numbers too large in a response",
    ["number-range"],
    message({
      start: "SIP/2.0 503 Service Unavailable",
      headers: { CSeq: "9292394834772304023312 OPTIONS" },
      more: ["Retry-After: 949302838503028349304023988", 'Warning: 1812 host "beyond"'],
    }),
  ],
  [
    "quotbal: an open quote",
    ["quote-open"],
    message({ headers: { To: '"Mr. J. User <sip:j.user@pbx.example>' } }),
  ],
  [
    "ltgtruri: brackets around the Request-URI",
    ["request-uri-brackets"],
    message({ start: "OPTIONS <sip:anna@pbx.example> SIP/2.0" }),
  ],
  [
    "lwsruri: a space inside the Request-URI",
    ["uri-syntax"],
    message({ start: "OPTIONS sip:anna@pbx.example; lr SIP/2.0" }),
  ],
  [
    "lwsstart: more than one space in the start line",
    ["start-line-spacing"],
    message({ start: "OPTIONS  sip:anna@pbx.example  SIP/2.0", headers: { CSeq: "1 OPTIONS" } }),
  ],
  [
    "trws: a space behind the start line",
    ["start-line-spacing"],
    message({ start: "OPTIONS sip:anna@pbx.example SIP/2.0  " }),
  ],
  [
    "escruri: headers in the Request-URI",
    ["request-uri-headers"],
    message({ start: "OPTIONS sip:anna@pbx.example?Route=%3Csip:x.example%3E SIP/2.0" }),
  ],
  [
    "baddate: a Date that is not in GMT",
    ["date-syntax"],
    message({ more: ["Date: Fri, 01 Jan 2010 16:00:00 EST"] }),
  ],
  [
    "regbadct: a Contact with headers and no brackets",
    ["uri-needs-brackets"],
    message({
      start: "REGISTER sip:pbx.example SIP/2.0",
      headers: { Contact: "sip:anna@pbx.example?Route=%3Csip:x.example%3E" },
    }),
  ],
  [
    "badaspec: spaces inside the brackets",
    ["uri-syntax"],
    message({ headers: { To: '"Watson, Thomas" < sip:t.watson@pbx.example >' } }),
  ],
  [
    "baddn: a comma in a display name without quotes",
    ["display-name-syntax"],
    message({ headers: { From: "Bell, Alexander <sip:a.g.bell@pbx.example>;tag=43" } }),
  ],
  [
    "badvers: a version nobody speaks",
    ["version"],
    message({
      start: "OPTIONS sip:anna@pbx.example SIP/7.0",
      headers: { Via: "SIP/7.0/UDP c.example;branch=z9hG4bKkdj" },
    }),
  ],
  ["mismatch01: CSeq of another method", ["cseq-method"], message({ headers: { CSeq: "8 INVITE" } })],
  [
    "mismatch02: CSeq of another unknown method",
    ["cseq-method"],
    message({ start: "NEWMETHOD sip:anna@pbx.example SIP/2.0", headers: { CSeq: "8 OTHER" } }),
  ],
  [
    "badbranch: the cookie and nothing behind",
    ["branch-empty"],
    message({ headers: { Via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK" } }),
  ],
  [
    "insuf: no To, From and Call-ID",
    ["missing-header"],
    message({ headers: { To: null, From: null, "Call-ID": null } }),
  ],
  [
    "novelsc: a scheme nobody knows",
    ["unknown-scheme"],
    message({ start: "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0" }),
  ],
  [
    "unksm2: unknown schemes in To and From",
    ["unknown-scheme"],
    message({ headers: { To: "isbn:2983792873", From: "<zzz:bert>;tag=1" } }),
  ],
  [
    "multi01: fields twice that may stand once",
    ["header-twice"],
    message({ more: ["CSeq: 59 OPTIONS", "Call-ID: another@x", "Max-Forwards: 5"] }),
  ],
  ["mcl01: two Content-Lengths", ["content-length-twice"], message({ more: ["Content-Length: 15"] })],
  [
    "inv2543: no branch, no tag, no Max-Forwards",
    ["branch-missing", "tag-missing", "missing-header"],
    message({
      headers: { Via: "SIP/2.0/UDP 192.0.2.4", From: "<sip:bert@pbx.example>", "Max-Forwards": null },
    }),
  ],
  [
    "RFC 5118 4.2: an IPv6 Request-URI without brackets",
    ["uri-syntax"],
    message({ start: "REGISTER sip:2001:db8::10 SIP/2.0" }),
  ],
  [
    "unkscm: an opaque scheme nobody knows",
    ["unknown-scheme"],
    message({ start: "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0" }),
  ],
  [
    "bext01: extensions demanded that nobody has",
    ["extension-unknown"],
    message({
      more: [
        "Require: nothingSupportsThis, nothingSupportsThisEither",
        "Proxy-Require: noProxiesSupportThis",
      ],
    }),
  ],
  [
    "invut: a body of a type nobody knows",
    ["body-type-unknown"],
    message({
      start: "INVITE sip:anna@pbx.example SIP/2.0",
      more: ["Content-Type: unknownmedia/unknownformat"],
      body: "<audio>\r\n",
    }),
  ],
  [
    "regaut01: a login by a scheme nobody knows",
    ["auth-scheme-unknown"],
    message({
      start: "REGISTER sip:pbx.example SIP/2.0",
      more: ["Authorization: NoOneKnowsThisScheme opaque-data=here"],
    }),
  ],
  [
    "bcast: a response with a broadcast address in Via",
    ["via-broadcast"],
    message({
      start: "SIP/2.0 200 OK",
      headers: { Via: "SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923" },
      more: ["Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23"],
    }),
  ],
  ["zeromf: no hop left", ["hops-used-up"], message({ headers: { "Max-Forwards": "0" } })],
  [
    "sdp01: an INVITE that cannot read SDP",
    ["accept-without-sdp"],
    message({
      start: "INVITE sip:anna@pbx.example SIP/2.0",
      more: ["Accept: text/nobodyKnowsThis", "Content-Type: application/sdp"],
      body: "v=0\r\n",
    }),
  ],
  [
    "RFC 5118 4.3: an IPv6 literal whose port is ambiguous",
    ["uri-syntax"],
    message({ start: "REGISTER sip:2001:db8::10:5070 SIP/2.0" }),
  ],
  [
    "RFC 5118 4.9: a Via whose brackets do not close",
    ["via-syntax"],
    message({ headers: { Via: "SIP/2.0/UDP [2001:db8::9:1;branch=z9hG4bKas3" } }),
  ],
  [
    "an IPv6 address with a zone",
    ["uri-syntax"],
    message({ start: "OPTIONS sip:anna@[fe80::1%eth0] SIP/2.0" }),
  ],
  ["LF alone as line end", ["bare-lf"], message({}).replaceAll("\r\n", "\n")],
  ["CR inside a value", ["bare-cr"], message({ more: ["Subject: one\rtwo"] })],
  ["a control byte in a value", ["control-byte"], message({ more: ["Subject: ding\u0007dong"] })],
  ["no empty line at the end", ["no-blank-line"], message({}).trimEnd()],
  ["a line that is no header", ["header-syntax"], message({ more: ["this is not a header"] })],
  ["no Content-Length on a stream", ["content-length-missing"], message({ length: null }), true],
  ["line ends before the start line of a datagram", ["leading-crlf"], `\r\n${message({})}`],
  [
    "Contact * beside another",
    ["star-with-others"],
    message({
      start: "REGISTER sip:pbx.example SIP/2.0",
      headers: { Contact: "*" },
      more: ["Contact: <sip:a@192.0.2.4>"],
    }),
  ],
  [
    "a challenge that is cut",
    ["auth-syntax"],
    message({ start: "SIP/2.0 401 Unauthorized", more: ["WWW-Authenticate: Digest realm"] }),
  ],
  [
    "a folded line before any header",
    ["fold-before-header"],
    message({ start: "OPTIONS sip:anna@pbx.example SIP/2.0\r\n  folded" }),
  ],
  [
    "a parameter twice",
    ["parameter-twice"],
    message({ headers: { From: "<sip:bert@pbx.example>;tag=1;tag=2" } }),
  ],
  ["a port beyond 65535", ["number-range"], message({ start: "OPTIONS sip:anna@pbx.example:70000 SIP/2.0" })],
  ["a Call-ID of two words", ["call-id-syntax"], message({ headers: { "Call-ID": "one two" } })],
  ["a CSeq without a method", ["cseq-syntax"], message({ headers: { CSeq: "17" } })],
  ["a Via that is none", ["via-syntax"], message({ more: ["Via: hello"] })],
  ["a To that is no address", ["name-addr-syntax"], message({ headers: { To: "<anna>" } })],
  ["a Request-URI that is none", ["request-uri-syntax"], message({ start: "OPTIONS anna SIP/2.0" })],
  [
    "a method that is no token",
    ["method-syntax"],
    message({ start: "OPT{IONS sip:anna@pbx.example SIP/2.0" }),
  ],
  ["a status code of no class", ["status-code"], message({ start: "SIP/2.0 799 Odd" })],
  ["a line of 9000 bytes", ["long-line"], message({ more: [`Subject: ${"x".repeat(9000)}`] })],
  [
    "three hundred headers",
    ["too-many-headers"],
    message({ more: Array.from({ length: 300 }, () => "X: y") }),
  ],
];

const refused: readonly (readonly [like: string, text: string])[] = [
  [
    "bigcode: a status code of ten digits",
    message({ start: "SIP/2.0 4294967301 better not break the receiver" }),
  ],
  ["nothing", ""],
  ["line ends alone", "\r\n\r\n"],
  ["HTTP", "GET / HTTP/1.1\r\nHost: pbx.example\r\n\r\n"],
  ["no URI", "OPTIONS SIP/2.0\r\n\r\n"],
];

export const tortureMessages: readonly TortureMessage[] = [
  ...valid.map(([like, text, stream]) => ({
    like,
    text,
    defects: [],
    ...(stream === undefined ? {} : { stream }),
  })),
  ...invalid.map(([like, defects, text, stream]) => ({
    like,
    text,
    defects,
    ...(stream === undefined ? {} : { stream }),
  })),
  ...refused.map(([like, text]) => ({ like, text, defects: [], refused: true as const })),
];
