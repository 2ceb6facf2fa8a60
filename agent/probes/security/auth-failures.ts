import { isIP } from "node:net";

/** One source's failed logins. */
interface Source {
  failures: number;
  minute: string;
  inMinute: number;
  worst: number;
  entered: boolean;
  readonly users: Set<string>;
}

export interface AuthFailureSummary {
  readonly lines: number;
  readonly worst?: { readonly source: string; readonly perMinute: number };
  /** `address failures worst-minute users`, most failures first. */
  readonly sources: readonly string[];
  readonly entered: readonly string[];
  readonly scanners: readonly string[];
}

const mostSources = 20_000;
const mostUsers = 100;
const shown = 20;
/** A login after so many failures of its source is worth a look. */
const manyFailures = 10;

// What a line says, by what Asterisk (chan_sip, pjsip, security log) and Kamailio's usual scripts write.
const failed =
  /ChallengeResponseFailed|InvalidPassword|InvalidAccountID|FailedACL|Wrong password|No matching (?:endpoint|peer) found|Failed to authenticate|Username\/auth name mismatch|Not match Endpoint|failed to authenticate|auth(?:entication|orization)? (?:failed|failure)|failed auth/i;
const succeeded = /SecurityEvent="SuccessfulAuth"|auth(?:entication)? success/i;
const scanner =
  /friendly-scanner|sipvicious|sipcli|sip-scan|pplsip|VaxSIPUserAgent|sundayddr|iWar\b|sipsak|smap|eyeBeam_scan/i;

/** Reads a SIP server's log line by line, in constant memory: who fails to log in, how fast, and who got in after all. */
export class AuthFailures {
  readonly #sources = new Map<string, Source>();
  readonly #scanners = new Set<string>();
  #lines = 0;

  add(line: string): void {
    this.#lines += 1;
    const text = line.slice(0, 4000);
    const name = scanner.exec(text)?.[0];
    const isFailure = failed.test(text);
    if (!isFailure && name === undefined && !succeeded.test(text)) return;
    const source = sourceOf(text);
    if (source === undefined) return;
    if (name !== undefined && this.#scanners.size < shown) this.#scanners.add(`${name} ${source}`);
    if (isFailure) this.failed(source, minuteOf(text), userOf(text));
    else if (name === undefined) this.succeeded(source);
  }

  /** @param minute any text that is the same within a minute */
  failed(source: string, minute: string, user?: string): void {
    const known = this.#sources.get(source) ?? this.#begin(source);
    known.failures += 1;
    known.inMinute = known.minute === minute ? known.inMinute + 1 : 1;
    known.minute = minute;
    known.worst = Math.max(known.worst, known.inMinute);
    if (user !== undefined && known.users.size < mostUsers) known.users.add(user);
  }

  succeeded(source: string): void {
    const known = this.#sources.get(source);
    if (known !== undefined && known.failures >= manyFailures) known.entered = true;
  }

  summary(): AuthFailureSummary {
    const all = [...this.#sources].toSorted(([, a], [, b]) => b.failures - a.failures);
    const [worst] = all.toSorted(([, a], [, b]) => b.worst - a.worst);
    return {
      lines: this.#lines,
      ...(worst === undefined ? {} : { worst: { source: worst[0], perMinute: worst[1].worst } }),
      sources: all
        .slice(0, shown)
        .map(
          ([source, { failures, worst: most, users }]) =>
            `${source} ${failures} ${most}/min ${users.size} users`,
        ),
      entered: all
        .filter(([, { entered }]) => entered)
        .slice(0, shown)
        .map(([source]) => source),
      scanners: [...this.#scanners],
    };
  }

  /** Where there are too many sources, one that failed once makes room: a brute force fails again. */
  #begin(source: string): Source {
    if (this.#sources.size >= mostSources) {
      const [oldest] = this.#sources.keys();
      let small: string | undefined;
      for (const [source, { failures }] of this.#sources) {
        small = failures < 3 ? source : undefined;
        if (small !== undefined) break;
      }
      this.#sources.delete(small ?? oldest ?? "");
    }
    const begun = {
      failures: 0,
      minute: "",
      inMinute: 0,
      worst: 0,
      entered: false,
      users: new Set<string>(),
    };
    this.#sources.set(source, begun);
    return begun;
  }
}

function sourceOf(line: string): string | undefined {
  const named =
    /RemoteAddress="IPV[46]\/[^/"]+\/([0-9a-f.:]+)\/\d+"/i.exec(line) ??
    /failed for '\[?([0-9a-f.:]+?)\]?(?::\d+)?'/i.exec(line) ??
    /(?:from|src|source|ip|si|addr\w*)[ =:'"]+\[?((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]*:[0-9a-f:]+)\]?/i.exec(
      line,
    ) ??
    /\b((?:\d{1,3}\.){3}\d{1,3})\b/.exec(line);
  const address = named?.[1];
  return address !== undefined && isIP(address) !== 0 ? address : undefined;
}

function minuteOf(line: string): string {
  return (
    /\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.exec(line)?.[0] ??
    /[A-Z][a-z]{2}\s+\d{1,2} \d\d:\d\d/.exec(line)?.[0] ??
    ""
  );
}

function userOf(line: string): string | undefined {
  return (/AccountID="([^"]{1,64})"/.exec(line) ?? /sips?:([^@>;'"\s]{1,64})@/.exec(line))?.[1];
}
