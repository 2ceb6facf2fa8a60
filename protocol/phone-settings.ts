import { Type, type Static, type TProperties, type TSchema } from "typebox";

// The neutral settings: one schema for every vendor. A layer (vendor, model, tenant, site, device, line) is a partial of
// it, so everything is optional; the built-in default stands in the schema. A settings map (firmware-profiles/<vendor>/
// settings.json) names these by path, such as `line.server.host`. Each setting carries a sentence, its bounds, its unit
// where it has one, `secret: true` where it must never be shown, and its default.

interface About {
  readonly default?: unknown;
  readonly unit?: "s" | "min" | "ms" | "dBm" | "dscp";
  readonly secret?: true;
  /** What a text names, where a list of the world says which names there are. */
  readonly names?: "time-zone";
}

function group<P extends TProperties>(properties: P) {
  return Type.Optional(Type.Object(properties, { additionalProperties: false }));
}
const text = (description: string, about: About = {}, maxLength = 255) =>
  Type.Optional(Type.String({ description, maxLength, ...about }));
const secret = (description: string) =>
  Type.Optional(Type.String({ description, maxLength: 128, secret: true }));
const flag = (description: string, about: About = {}) =>
  Type.Optional(Type.Boolean({ description, ...about }));
const whole = (description: string, minimum: number, maximum: number, about: About = {}) =>
  Type.Optional(Type.Integer({ description, minimum, maximum, ...about }));
function word<const W extends readonly string[]>(description: string, words: W, about: About = {}) {
  return Type.Optional(Type.Enum(words, { description, ...about }));
}
const list = <T extends TSchema>(description: string, items: T, maxItems: number, about: About = {}) =>
  Type.Optional(Type.Array(items, { description, maxItems, ...about }));

const host = (description: string) => text(description, {}, 253);
const port = (description: string, about: About = {}) => whole(description, 0, 65_535, about);
const url = (description: string) => text(description, {}, 511);

const transports = ["udp", "tcp", "tls", "dns"] as const;

const sipServer = (which: string, defaults: { port?: number } = {}) =>
  group({
    host: host(`${which}: host name or address`),
    port: port(
      `${which}: port; 0 means by DNS`,
      defaults.port === undefined ? {} : { default: defaults.port },
    ),
    transport: word(`${which}: how SIP travels; \`dns\` lets NAPTR and SRV decide`, transports, {
      default: "udp",
    }),
    expires: whole(`${which}: registration time`, 60, 86_400, { unit: "s", default: 3600 }),
  });

export const codecNames = [
  "opus",
  "g722",
  "pcmu",
  "pcma",
  "g729",
  "g726-32",
  "ilbc",
  "g7221",
  "g723",
] as const;

/** What belongs to one account; as `line` in a layer it is the default of every line. */
export const LineSettings = Type.Object(
  {
    enabled: flag("the account is on", { default: true }),
    label: text("what the screen shows beside the line key", {}, 300),
    displayName: text("the caller's name that others see", {}, 300),
    user: text("SIP user, usually the extension", {}, 128),
    authUser: text("user of the digest login, where it is not the SIP user", {}, 128),
    password: secret("password of the digest login"),
    server: sipServer("SIP server", { port: 5060 }),
    backupServer: sipServer("backup SIP server"),
    failback: whole(
      "how long a phone stays at the backup before it tries the first server again",
      0,
      86_400,
      { unit: "s" },
    ),
    registerRetry: whole("pause after a failed registration", 5, 3600, { unit: "s", default: 30 }),
    outboundProxy: group({
      host: host("outbound proxy"),
      port: port("port of the outbound proxy", { default: 5060 }),
    }),
    localPort: port("local SIP port; 0 lets the phone choose"),
    shared: flag("two or more phones use this extension on purpose (shared line appearance)", {
      default: false,
    }),
    codecs: list("codecs, best first; what is not listed is off", Type.Enum(codecNames), 9, {
      default: ["g722", "pcmu", "pcma"],
    }),
    packetTime: whole("RTP packet time", 10, 60, { unit: "ms", default: 20 }),
    srtp: word("media encryption", ["off", "optional", "required"], { default: "off" }),
    dtmf: word("how digits travel in a call", ["rfc2833", "info", "inband", "rfc2833+info"], {
      default: "rfc2833",
    }),
    dtmfPayload: whole("RTP payload type of telephone-event", 96, 127, { default: 101 }),
    voicemail: group({
      number: text("number that the message key dials", {}, 64),
      subscribe: flag("subscribe to message-waiting", { default: true }),
      subscribeExpires: whole("time of the message-waiting subscription", 60, 86_400, {
        unit: "s",
        default: 3600,
      }),
    }),
    keepAlive: group({
      method: word("what keeps the NAT pinhole open", ["off", "empty", "options", "notify"], {
        default: "empty",
      }),
      interval: whole("pause between keep-alives; below 0.8 of the pinhole's lifetime", 5, 3600, {
        unit: "s",
        default: 25,
      }),
    }),
    rport: flag("ask for rport (RFC 3581)", { default: true }),
    stun: flag("use the STUN server of `nat.stun` for this account", { default: false }),
    sessionTimer: group({
      enabled: flag("session timer (RFC 4028)", { default: false }),
      expires: whole("session interval", 90, 86_400, { unit: "s", default: 1800 }),
      refresher: word("who refreshes", ["uac", "uas"], { default: "uac" }),
    }),
    pickupCode: text("code of directed pickup, dialled before the extension", {}, 32),
    dialPlan: text("dial plan in the neutral notation, where it differs from the device's", {}, 2000),
    autoAnswer: flag("answer calls at once (intercom, paging)", { default: false }),
    callWaiting: flag("a second call knocks", { default: true }),
    ringtone: text("ring tone of this account", {}, 64),
    qualityReports: group({
      collector: host("collector of the phone's own call-quality reports (RFC 6035 vq-rtcpxr)"),
      port: port("port of the collector", { default: 5060 }),
    }),
  },
  { additionalProperties: false },
);
export type LineSettings = Static<typeof LineSettings>;

export const keyTypes = [
  "line",
  "blf",
  "speed-dial",
  "park",
  "retrieve-park",
  "pickup",
  "group-pickup",
  "dtmf",
  "intercom",
  "paging",
  "voicemail",
  "transfer",
  "hold",
  "conference",
  "forward",
  "dnd",
  "redial",
  "record",
  "phonebook",
  "ldap",
  "url",
  "action-url",
  "prefix",
  "login",
  "none",
] as const;
export type KeyType = (typeof keyTypes)[number];

/** A programmable key, on the phone itself or on an expansion module. */
export const LineKey = Type.Object(
  {
    module: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 12, description: "expansion module; absent: the phone itself" }),
    ),
    position: Type.Integer({ minimum: 1, maximum: 300, description: "1-based, in reading order" }),
    type: Type.Enum(keyTypes),
    line: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: "account it works on; absent: the first" }),
    ),
    value: Type.Optional(Type.String({ maxLength: 511, description: "number, code or URL, by type" })),
    label: Type.Optional(Type.String({ maxLength: 300 })),
    pickupCode: Type.Optional(Type.String({ maxLength: 32 })),
  },
  { additionalProperties: false },
);
export type LineKey = Static<typeof LineKey>;

export const actionEvents = [
  "boot",
  "registered",
  "unregistered",
  "register-failed",
  "off-hook",
  "on-hook",
  "incoming",
  "outgoing",
  "established",
  "ended",
  "missed",
  "dnd-on",
  "dnd-off",
  "forward-on",
  "forward-off",
  "hold",
  "unhold",
  "transfer",
  "ip-change",
] as const;

const vlan = (which: string) =>
  group({
    id: whole(`${which}: VLAN id; 0 is untagged`, 0, 4094),
    priority: whole(`${which}: 802.1p priority`, 0, 7),
  });

export const PhoneSettings = Type.Object(
  {
    line: Type.Optional(LineSettings),
    nat: group({
      stun: group({ host: host("STUN server"), port: port("port of the STUN server", { default: 3478 }) }),
      turn: group({
        host: host("TURN server"),
        port: port("port of the TURN server", { default: 3478 }),
        user: text("TURN user", {}, 128),
        password: secret("TURN password"),
      }),
      ice: flag("ICE", { default: false }),
    }),
    rtp: group({
      portMin: port("lowest RTP port", { default: 10_000 }),
      portMax: port("highest RTP port", { default: 20_000 }),
      symmetric: flag("send media to where media came from", { default: true }),
      rtcp: flag("send RTCP", { default: true }),
      rtcpXr: flag("send RTCP XR (RFC 3611)", { default: false }),
    }),
    qualityReports: group({
      atEnd: flag("send a vq-rtcpxr report at the end of a call", { default: true }),
      interval: whole("send one during the call as well, every so often; 0 is never", 0, 3600, {
        unit: "s",
        default: 0,
      }),
    }),
    time: group({
      ntp: list("time servers, first one preferred", Type.String({ maxLength: 253 }), 3, {
        default: ["pool.ntp.org"],
      }),
      ntpInterval: whole("pause between time requests", 60, 86_400, { unit: "s", default: 3600 }),
      zone: text(
        "time zone, a name of the tz database; daylight saving follows from it",
        { default: "Etc/UTC", names: "time-zone" },
        64,
      ),
      format: word("clock", ["24h", "12h"], { default: "24h" }),
      dateFormat: word("date", ["iso", "dmy", "mdy"], { default: "iso" }),
    }),
    language: text("language of screen and web page, BCP 47 such as `de` or `pt-BR`", { default: "en" }, 16),
    tones: text("country of the call-progress tones, ISO 3166 such as `DE`", { default: "US" }, 2),
    access: group({
      adminUser: text("name of the phone's administrator", { default: "admin" }, 32),
      adminPassword: secret("password of the phone's administrator"),
      userPassword: secret("password of the phone's user"),
      web: word("the phone's own web page", ["off", "http", "https", "both"], { default: "https" }),
      menuLock: flag("the phone's advanced menus ask for the administrator's password", { default: true }),
      actionUriFrom: list("addresses that may command the phone by HTTP", Type.String({ maxLength: 64 }), 8),
    }),
    syslog: group({
      server: host("syslog server"),
      port: port("port of the syslog server", { default: 514 }),
      transport: word("how syslog travels", ["udp", "tcp", "tls"], { default: "udp" }),
      level: word("least severity that is sent", ["error", "warning", "notice", "info", "debug"], {
        default: "notice",
      }),
    }),
    network: group({
      vlan: vlan("voice"),
      pcVlan: vlan("port for the computer"),
      pcPort: flag("the port for the computer is on", { default: true }),
      lldp: flag("LLDP-MED: take the voice VLAN from the switch", { default: true }),
      cdp: flag("CDP", { default: false }),
      dscp: group({
        sip: whole("DSCP of signalling", 0, 63, { unit: "dscp", default: 24 }),
        rtp: whole("DSCP of media", 0, 63, { unit: "dscp", default: 46 }),
      }),
      dot1x: group({
        mode: word("802.1X", ["off", "eap-md5", "eap-tls", "peap-mschapv2", "ttls-mschapv2"], {
          default: "off",
        }),
        identity: text("802.1X identity", {}, 128),
        password: secret("802.1X password"),
        caUrl: url("root certificate of the RADIUS server"),
        certificateUrl: url("client certificate of the phone"),
      }),
      spanToPc: flag("mirror the phone's traffic to the computer's port, for captures", { default: false }),
    }),
    keys: list("programmable keys", LineKey, 1000),
    pickup: group({
      direct: text("code of directed pickup", {}, 32),
      group: text("code of group pickup", {}, 32),
      blfAlert: flag("busy-lamp keys ring for a watched extension", { default: false }),
    }),
    phonebooks: list(
      "remote phonebooks",
      Type.Object(
        {
          name: Type.String({ maxLength: 64 }),
          url: Type.String({ maxLength: 511 }),
          user: Type.Optional(Type.String({ maxLength: 64 })),
          password: Type.Optional(Type.String({ maxLength: 128, secret: true })),
        },
        { additionalProperties: false },
      ),
      5,
    ),
    phonebookRefresh: whole("pause between phonebook downloads", 120, 2_592_000, {
      unit: "s",
      default: 21_600,
    }),
    ldap: group({
      host: host("LDAP server"),
      port: port("port of the LDAP server", { default: 389 }),
      security: word("LDAP encryption", ["off", "starttls", "ldaps"], { default: "off" }),
      base: text("search base"),
      user: text("bind user"),
      password: secret("bind password"),
      nameFilter: text("filter for names, `%` stands for what was typed", { default: "(|(cn=%)(sn=%))" }),
      numberFilter: text("filter for numbers", { default: "(|(telephoneNumber=%)(mobile=%))" }),
      nameAttributes: text("attributes of the name", { default: "cn sn" }),
      numberAttributes: text("attributes of the number", { default: "telephoneNumber mobile" }),
      displayName: text("how a hit is shown", { default: "%cn" }),
      maxHits: whole("hits at most", 1, 1000, { default: 50 }),
      incomingLookup: flag("look callers up", { default: true }),
    }),
    dialPlan: text("neutral dial plan: `x`, `[2-9]`, `.`, `T`, `|`, `<from:to>`", {}, 2000),
    dialTimeout: whole("pause after the last digit before dialling", 1, 30, { unit: "s", default: 4 }),
    emergency: list("numbers that always work", Type.String({ maxLength: 16 }), 10),
    provisioning: group({
      url: url("where the phone fetches its config; empty: the server's own address for it"),
      user: text("user the phone logs in with", {}, 64),
      password: secret("password the phone logs in with"),
      atBoot: flag("fetch at every boot", { default: true }),
      repoll: whole("pause between looks for a new config; 0 is never", 0, 43_200, {
        unit: "min",
        default: 1440,
      }),
      repollWindow: group({
        from: text("spread the look from this time of day, HH:MM", {}, 5),
        to: text("until this time of day, HH:MM", {}, 5),
      }),
      pnp: flag("SIP PnP multicast at boot", { default: false }),
      dhcp: flag("take a provisioning address from DHCP", { default: true }),
      redirect: flag("vendor's redirection service", { default: false }),
      tr069: flag("TR-069", { default: false }),
      caUrl: url("where the phone fetches the root certificate of this server"),
      checkCertificate: flag("the phone refuses a server certificate it cannot verify", { default: true }),
      keepLocalChanges: flag("what a user set on the phone wins over this config", { default: false }),
    }),
    firmware: group({
      version: text("firmware the phone should run", {}, 40),
      url: url("where the phone fetches it; empty: this server"),
    }),
    screen: group({
      logoUrl: url("logo or wallpaper"),
      screensaverAfter: whole("screen saver after; 0 is never", 0, 86_400, { unit: "s" }),
      backlightOff: whole("backlight off after; 0 is never", 0, 86_400, { unit: "s" }),
      brightness: whole("brightness while in use", 0, 10),
    }),
    forwarding: group({
      always: text("forward every call to", {}, 64),
      busy: text("forward when busy to", {}, 64),
      noAnswer: text("forward when nobody answers to", {}, 64),
      noAnswerAfter: whole("seconds before no-answer forwarding", 5, 180, { unit: "s", default: 20 }),
      allowed: flag("users may set forwarding", { default: true }),
    }),
    actionUrls: Type.Optional(
      // A record over an enum wants every member: people name the events they need.
      Type.Partial(
        Type.Record(
          Type.Enum(actionEvents),
          Type.String({ maxLength: 511, description: "URL the phone calls at this event" }),
        ),
        { additionalProperties: false },
      ),
    ),
    notify: group({
      reboot: word("a check-sync without `reboot=`", ["only-if-asked", "always", "ignore"], {
        default: "only-if-asked",
      }),
      onlyFromServer: flag("obey only the server the phone is registered at", { default: true }),
    }),
    capture: flag("packet capture may be started from the phone's web page", { default: false }),
  },
  { additionalProperties: false, description: "the neutral settings of a phone" },
);
export type PhoneSettings = Static<typeof PhoneSettings>;

/** One setting of the catalogue: the leaves of PhoneSettings by path (`line.server.host`), for previews, docs and checks. */
export interface SettingAbout {
  readonly path: string;
  readonly description: string;
  readonly unit?: string;
  readonly secret: boolean;
  readonly default?: unknown;
  readonly schema: TSchema;
}

interface Annotated {
  readonly description?: string;
  readonly unit?: string;
  readonly secret?: boolean;
  readonly default?: unknown;
  readonly properties?: Record<string, TSchema>;
}

function* leaves(schema: TSchema, path: string): Generator<SettingAbout> {
  const about = schema as Annotated;
  if (about.properties !== undefined) {
    for (const [name, child] of Object.entries(about.properties))
      yield* leaves(child, path === "" ? name : `${path}.${name}`);
    return;
  }
  yield {
    path,
    description: about.description ?? "",
    secret: about.secret === true,
    schema,
    ...(about.unit === undefined ? {} : { unit: about.unit }),
    ...(about.default === undefined ? {} : { default: about.default }),
  };
}

/** Every setting, by path. */
export const settingCatalogue: ReadonlyMap<string, SettingAbout> = new Map(
  [...leaves(PhoneSettings, "")].map((about) => [about.path, about]),
);
