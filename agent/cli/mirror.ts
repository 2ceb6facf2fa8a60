import type { Command } from "commander";
import { encodeSip } from "../../protocol/sip/encode-sip.ts";
import { subjectText } from "../../protocol/subject-text.ts";
import type { SipRequest } from "../../protocol/sip/message.ts";
import { checkIdentity } from "../stir/check-identity.ts";
import { identityLine } from "../stir/identity-line.ts";
import { systemClock } from "../io/clock.ts";
import { readPassword } from "../io/host/read-password.ts";
import { openUdp } from "../io/udp/udp.ts";
import { startMirrorStun } from "../mirror/mirror-stun.ts";
import { startMirror, type MirrorEvent, type MirrorOptions } from "../mirror/mirror.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { addIdentityOptions, identityCheckFrom, type IdentityFlags } from "./diag/identity-options.ts";
import { untilStopped } from "./until-stopped.ts";

interface MirrorFlags extends IdentityFlags {
  readonly address: string;
  readonly sipPort: string;
  readonly rtpPorts: string;
  readonly sessions: string;
  readonly stunPort: string;
  readonly tokenFile?: string;
  readonly identity?: true;
  readonly json?: true;
}

/** `offhook mirror`: the far end for RTP and SIP probes, until Ctrl-C. */
export function mirror(command: Command, context: CliContext): void {
  command
    .option("--address <address>", "what to listen on", "0.0.0.0")
    .option("--sip-port <port>", "UDP port for SIP", "5060")
    .option("--rtp-ports <from-to>", "UDP ports for RTP", "40000-40099")
    .option("--sessions <n>", "calls at once; each takes an even port of the RTP range", "50")
    .option("--stun-port <port>", "UDP port for STUN, for looks at NAT and pinholes; 0 is none", "0")
    .option("--token-file <file>", "file with the token that a caller must know; without it anybody may call")
    .option("--json", "each session as one JSON object per line on stdout")
    .option(
      "--identity",
      "say of each caller whether the number is signed, and whether that holds (STIR/SHAKEN)",
    );
  addIdentityOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  offhook mirror --sip-port 5070 --token-file mirror.token\n" +
        "and on the other side:\n  offhook diag rtp mirror.example:5070 --password-from file:mirror.token\n\n" +
        "A caller logs in by SIP digest as user `mirror`, with the token as password. A session gets at most\n" +
        "100 packets a second for 60 s, and no answer is larger than its packet and 16 octets.\n",
    )
    .action(async (flags: MirrorFlags) => {
      const stunPort = portFrom("--stun-port", flags.stunPort, 0);
      await runMirror(await optionsFrom(flags, context), stunPort, context);
    });
}

async function runMirror(options: MirrorOptions, stunPort: number, context: CliContext): Promise<void> {
  try {
    const io = { openUdp, clock: systemClock };
    await using running = await startMirror(options, io);
    await using stun = stunPort === 0 ? undefined : await startMirrorStun({ ...options, port: stunPort }, io);
    const { from, to } = options.rtpPorts;
    context.say(
      `Mirror at ${running.address}, SIP on UDP ${running.sipPort}, RTP on ${from}–${to}${stun === undefined ? "" : `, STUN on UDP ${stun.port}`}. Ctrl-C ends it.`,
    );
    if (options.token === undefined) context.say("No token is set: anybody who reaches this port may call.");
    await untilStopped(context.signal);
    context.end(exitCodes.done);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL") throw error;
    throw new CliError(exitCodes.failed, message, "Choose another --sip-port or --address.");
  }
}

async function optionsFrom(flags: MirrorFlags, context: CliContext): Promise<MirrorOptions> {
  const token = flags.tokenFile === undefined ? {} : { token: await tokenFrom(flags.tokenFile) };
  return {
    address: flags.address,
    sipPort: portFrom("--sip-port", flags.sipPort, 0),
    rtpPorts: rangeFrom(flags.rtpPorts),
    limits: { sessions: sessionsFrom(flags.sessions) },
    ...token,
    ...(flags.identity === true ? { onCall: await identityTeller(flags, context) } : {}),
    log: (event) => (flags.json === true ? context.out(JSON.stringify(event)) : context.say(sentence(event))),
  };
}

/** Checks the Identity of calls, beside them: nobody waits for it. */
async function identityTeller(
  flags: MirrorFlags,
  context: CliContext,
): Promise<(invite: SipRequest) => void> {
  const check = await identityCheckFrom(flags, context);
  return (invite) => {
    const text = Buffer.from(encodeSip(invite)).toString("utf8");
    void checkIdentity(text, { ...check, at: Date.now() }).then((observations) => {
      if (flags.json === true) context.out(JSON.stringify({ event: "identity", observations }));
      else
        context.say(
          `${subjectText(observations[0]?.subject ?? "call:header")}: ${identityLine(observations)}`,
        );
    });
  };
}

async function tokenFrom(file: string) {
  try {
    return await readPassword(`file:${file}`);
  } catch (error) {
    throw new CliError(exitCodes.usage, `--token-file: ${(error as Error).message}`);
  }
}

function portFrom(option: string, text: string, least: number): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port >= least && port <= 65535) return port;
  throw new CliError(exitCodes.usage, `${option}: expected a port from ${least} to 65535, found ${text}`);
}

function sessionsFrom(text: string): number {
  const sessions = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (sessions >= 1) return sessions;
  throw new CliError(exitCodes.usage, `--sessions: expected a number from 1 to 9999, found ${text}`);
}

function rangeFrom(text: string): { from: number; to: number } {
  const [first = "", last = ""] = text.split("-");
  const from = portFrom("--rtp-ports", first, 1024);
  const to = portFrom("--rtp-ports", last, from + 1);
  return { from, to };
}

function sentence(event: MirrorEvent): string {
  switch (event.event) {
    case "session-opened":
      return `${event.from} calls: ${event.mode}${event.srtp ? " under SRTP" : ""} on port ${event.port}`;
    case "session-ended": {
      const refused = Object.entries(event.refused).map(([why, count]) => `${count} for ${why}`);
      const dropped = refused.length === 0 ? "" : `, no answer to ${refused.join(", ")}`;
      const arrived = event.arrivals.map(
        ({ tos, ttl, packets }) => `, ${packets} with DSCP ${tos >> 2} and TTL ${ttl}`,
      );
      return `${event.from} ended (${event.why}): ${event.received} packets came${arrived.join("")}, ${event.sent} went back${dropped}`;
    }
    case "refused":
      return `${event.from} refused with ${event.code}: ${event.why}`;
    case "garbled":
      return `${event.from} sent something else: ${event.why}`;
  }
}
