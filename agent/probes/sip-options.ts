import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { DigestAccount } from "../../protocol/sip/digest.ts";
import { timersOf, type TransactionTimers } from "../../protocol/sip/transaction-timers.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import type { AgentIo } from "../io/io.ts";
import { readPassword } from "../io/host/read-password.ts";
import { openSipChannel, type SipChannel } from "../io/sip/sip-channel.ts";
import { observeLogin } from "./sip-agent/observe-login.ts";
import { askOptions, type Asked, type AskOptions } from "./sip-options/ask-options.ts";
import { askSources } from "./sip-options/ask-sources.ts";
import { askTargets } from "./sip-options/ask-targets.ts";
import { observeLeaks } from "./sip-options/observe-leaks.ts";
import { observeOutside } from "./sip-options/observe-outside.ts";
import { observeAsked, observeFailure, observeTls, type Look } from "./sip-options/observe-options.ts";
import { askBeside } from "./sip-options/ask-beside.ts";
import { observeSilence, otherAddressSetting } from "./sip-agent/observe-silence.ts";
import { showOptions } from "./sip-options/show-options.ts";
import { tryParseHostPort } from "./sip-options/host-port.ts";

const SipOptionsSettings = Type.Object(
  {
    transport: Type.Enum(["udp", "tcp", "tls"], { default: "udp", description: "how SIP travels" }),
    user: Type.Optional(
      Type.String({ maxLength: 128, description: "ask about this user instead of the server itself" }),
    ),
    domain: Type.Optional(
      Type.String({
        maxLength: 253,
        description: "SIP domain, where it is not the host; also the TLS server name",
      }),
    ),
    mode: Type.Enum(["quick", "rfc"], {
      default: "quick",
      description: "quick gives up after 3 s, rfc after 32 s",
    }),
    timeout: Type.Optional(
      Type.Number({
        minimum: 0.1,
        maximum: 120,
        description: "seconds to wait for an answer, instead of the mode's",
      }),
    ),
    authUser: Type.Optional(
      Type.String({ maxLength: 128, description: "user of the digest login, when the server asks for one" }),
    ),
    passwordFrom: Type.Optional(
      Type.String({
        maxLength: 400,
        pattern: "^(?:env|file):.+$",
        description: "where the password of that login is: env:NAME or file:PATH",
      }),
    ),
    large: Type.Optional(
      Type.Boolean({
        default: false,
        description: "over UDP, also ask with a request of 1800 bytes, which travels in fragments",
      }),
    ),
    targets: Type.Boolean({
      default: false,
      description: "also find all servers of the domain by NAPTR, SRV and addresses, and ask each",
    }),
    resolver: Type.Optional(
      Type.String({
        maxLength: 100,
        description: "name server to ask for that, ADDRESS[:PORT], instead of the system's",
      }),
    ),
    sweep: Type.Boolean({
      default: false,
      description:
        "also ask from our port 5060; where nothing answers, ask the other usual SIP ports and a STUN server, to tell what is blocked",
    }),
    stun: Type.Optional(
      Type.String({
        maxLength: 260,
        description: "STUN server for that, HOST[:PORT], instead of the host's own",
      }),
    ),
    ...otherAddressSetting,
    sources: Type.Integer({
      minimum: 0,
      maximum: 60,
      default: 0,
      description:
        "also ask from so many new ports, one a second, and tell the servers apart that answer: a pool, or anycast",
    }),
    outside: Type.Optional(
      Type.Boolean({
        default: false,
        description: "this place is outside of what the server should admit: an answer is the fault",
      }),
    ),
    tries: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 1,
      description: "OPTIONS to send, one a second",
    }),
  },
  { additionalProperties: false },
);
type SipOptionsSettings = Static<typeof SipOptionsSettings>;

type SipIo = Pick<AgentIo, "clock" | "openUdp" | "openStream" | "resolve" | "openSipRecords" | "say">;

/** Does a SIP server answer? A final response of any class says that both ways are open, and that it lives. */
export const sipOptions: Probe<typeof SipOptionsSettings, SipIo> = {
  name: "sip-options",
  verb: "sip",
  about: "ask a SIP server with OPTIONS over UDP, TCP or TLS: does it answer, how fast, and what",
  target: "HOST[:PORT]",
  example: "offhook diag sip pbx.example:5060 --transport udp --large",
  settings: SipOptionsSettings,
  async run(target, settings, io, signal) {
    const place = tryParseHostPort(target, settings.transport === "tls" ? 5061 : 5060);
    const outside = settings.outside === true ? "/outside" : "";
    const subject = `sip:${place === undefined ? target : printHostPort(place.host, place.port)}/${settings.transport}${outside}`;
    const observe = observerOf("sip-options", subject, io.clock.now());
    const transport = observe("sip.transport", settings.transport);
    if (place === undefined) return [transport, unreachable(observe, `${target} is not HOST or HOST:PORT`)];
    const found = await targetsOfDomain(place.host, settings, observe, io, signal);
    const resolved = await addressesOf(place.host, io);
    // A domain may have servers and no address of its own: then they are what there is to see.
    if (!resolved.ok && found.some(({ key }) => key === "sip.targets")) return [transport, ...found];
    if (!resolved.ok) {
      return [transport, observe("dns.error", resolved.code), unreachable(observe, resolved.evidence)];
    }
    const { account, note } = await accountOf(settings);
    const look = new OptionsLook({ ...place, settings, account, observe, io, signal });
    const seen = await look.at(resolved.addresses, note);
    if (settings.outside === true) return [transport, ...observeOutside(seen, observe)];
    return [transport, ...found, ...seen];
  },
  show: showOptions,
};

async function targetsOfDomain(
  host: string,
  { targets, resolver, domain = host, mode }: SipOptionsSettings,
  observe: Observe,
  io: SipIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  if (!targets) return [];
  return askTargets(domain, io.openSipRecords(resolver), { timers: timersOf(mode), io, observe }, signal);
}

function unreachable(observe: Observe, evidence: string): Observation {
  return observe("sip.code", null, { outcome: "unreachable", evidence });
}

type Resolved =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly code: string; readonly evidence: string };

async function addressesOf(host: string, io: SipIo): Promise<Resolved> {
  try {
    const addresses = await io.resolve(host);
    if (addresses.length > 0) return { ok: true, addresses };
    return { ok: false, code: "ENODATA", evidence: `${host} has no address` };
  } catch (error) {
    const { code = "ENOTFOUND", message } = error as NodeJS.ErrnoException;
    return { ok: false, code, evidence: message };
  }
}

interface AccountRead {
  readonly account?: DigestAccount;
  /** Why there is none although one was meant: goes into the evidence, and the look is made without. */
  readonly note: string;
}

async function accountOf({ authUser, passwordFrom }: SipOptionsSettings): Promise<AccountRead> {
  if (authUser === undefined || passwordFrom === undefined) return { note: "" };
  try {
    return { account: { user: authUser, password: await readPassword(passwordFrom) }, note: "" };
  } catch (error) {
    return { note: `no password: ${(error as Error).message}; ` };
  }
}

interface LookParts {
  readonly host: string;
  readonly port: number;
  readonly settings: SipOptionsSettings;
  readonly account?: DigestAccount | undefined;
  readonly observe: Observe;
  readonly io: SipIo;
  readonly signal: AbortSignal;
}

/** One look at one target: its addresses in turn, until one answers. */
class OptionsLook {
  readonly #parts: LookParts;
  readonly #timers: TransactionTimers;
  readonly #domain: string;

  constructor(parts: LookParts) {
    this.#parts = parts;
    const { settings } = parts;
    const timers = timersOf(settings.mode);
    this.#timers = settings.timeout === undefined ? timers : { ...timers, giveUp: settings.timeout * 1000 };
    this.#domain = settings.domain ?? parts.host;
  }

  async at(addresses: readonly string[], noteBefore: string): Promise<Observation[]> {
    let note = noteBefore;
    for (const [index, address] of addresses.entries()) {
      const observations = await this.#address(address, { transport: this.#parts.settings.transport, note });
      const code = observations.find(({ key }) => key === "sip.code");
      if (code?.outcome === "ok" || index === addresses.length - 1)
        return [...observations, ...(await this.#beside(address, observations))];
      note += `${address} did not answer (${code?.outcome ?? "no result"}); `;
    }
    return [];
  }

  async #address(address: string, look: Look): Promise<Observation[]> {
    const { settings, observe, io, signal, port } = this.#parts;
    const timeout = this.#timers.giveUp;
    const target = { transport: settings.transport, address, port, serverName: this.#domain, timeout };
    io.say(`asking ${printHostPort(address, port)} over ${settings.transport}`);
    let channel: SipChannel;
    try {
      channel = await openSipChannel(io, target, signal);
    } catch (error) {
      signal.throwIfAborted();
      return observeFailure(error as NodeJS.ErrnoException, look, observe);
    }
    await using open = channel;
    const tls = open.tls === undefined ? [] : observeTls(open.tls, this.#domain, io.clock.now(), observe);
    const asked = await this.#tries(open);
    const answers = asked.flatMap(({ exchange: { end } }) => (end.kind === "final" ? [end.response] : []));
    const observations = [...observeAsked(asked, look, observe), ...this.#login(asked.at(-1))];
    const leaks = observeLeaks(answers, address, observe);
    return [...tls, ...observations, ...leaks, ...(await this.#large(open))];
  }

  /** What is asked besides, of the address that answered, or of the last that did not. */
  async #beside(address: string, observations: readonly Observation[]): Promise<Observation[]> {
    const { host, port, settings, observe, io, signal } = this.#parts;
    const { transport, sweep, stun, otherAddress, sources } = settings;
    const outcome = observations.find(({ key }) => key === "sip.code")?.outcome;
    const place = { host, address, port, transport, domain: this.#domain, timers: this.#timers };
    const silence = await observeSilence(observations, { ...place, otherAddress }, observe, io, signal);
    const target = { transport, address, port, serverName: this.#domain, timeout: this.#timers.giveUp };
    const pool =
      outcome === "ok" && sources > 0
        ? await askSources(sources, target, this.#ask(), io, observe, signal)
        : [];
    if (!sweep || (outcome !== "ok" && outcome !== "timeout")) return [...silence, ...pool];
    const beside = await askBeside({ ...place, stun, observe }, outcome === "ok", io, signal);
    return [...silence, ...pool, ...beside];
  }

  #login(asked: Asked | undefined): Observation[] {
    const { settings, account, observe, host } = this.#parts;
    if (asked === undefined) return [];
    // OPTIONS has no account of its own: the login's user stands for it.
    const user = settings.authUser ?? "";
    return observeLogin(asked.login, { user, domain: settings.domain ?? host, account }, observe);
  }

  async #tries(channel: SipChannel): Promise<Asked[]> {
    const { settings, io, signal } = this.#parts;
    const asked: Asked[] = [];
    for (let count = 0; count < settings.tries; count += 1) {
      // Faster than one a second looks like a scan, and guards ban for that.
      if (count > 0) await io.clock.sleep(1000, signal);
      const one = await askOptions(channel, this.#ask(), signal);
      asked.push(one);
      if (one.exchange.end.kind === "failed") break;
    }
    return asked;
  }

  async #large(channel: SipChannel): Promise<Observation[]> {
    const { settings, observe, signal, io } = this.#parts;
    if (settings.large !== true || channel.transport !== "udp") return [];
    io.say("asking with a large request");
    // Over 1500 bytes it is sure to travel in fragments, which is what gets lost (RFC 3261 18.1.1 forbids it for that).
    const { exchange, size } = await askOptions(channel, { ...this.#ask(), padTo: 1800 }, signal);
    const answered = exchange.end.kind === "final";
    return [
      observe("sip.large", answered, { evidence: `${size} bytes, sent ${exchange.sentAt.length} times` }),
    ];
  }

  #ask(): AskOptions {
    const { host, port, settings, account, io } = this.#parts;
    return {
      host,
      port,
      domain: this.#domain,
      ...(settings.user === undefined ? {} : { user: settings.user }),
      ...(account === undefined ? {} : { account }),
      timers: this.#timers,
      clock: io.clock,
    };
  }
}
