import type { SipTransport } from "./request.ts";

// Where a request for a SIP domain goes: RFC 3263 4, as a pure plan over what the resolver gave.

export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** A server of the domain: a name, or the domain itself, still to be turned into addresses. */
export interface ServerTarget {
  readonly transport: SipTransport;
  readonly host: string;
  readonly port: number;
  /** Which records led here, for people: `NAPTR SIP+D2U, SRV _sip._udp.pbx.example`. */
  readonly by: string;
}

/** An SRV name to ask for, with the transport of its servers. */
export interface SrvQuestion {
  readonly transport: SipTransport;
  readonly name: string;
  readonly by: string;
}

const services: Readonly<Record<string, SipTransport>> = {
  "SIP+D2U": "udp",
  "SIP+D2T": "tcp",
  "SIPS+D2T": "tls",
};

/** The SRV names that the NAPTR records of a domain point to, in their order; `secure`: only those of `sips:`. */
export function srvNamesOf(records: readonly NaptrRecord[], secure: boolean): SrvQuestion[] {
  const ordered = records.toSorted((a, b) => a.order - b.order || a.preference - b.preference);
  return ordered.flatMap(({ service, flags, regexp, replacement }) => {
    const transport = services[service.toUpperCase()];
    // RFC 3263 4.1: flag s, no regexp; of sips: only SIPS services.
    const fits =
      transport !== undefined && flags.toLowerCase() === "s" && regexp === "" && replacement !== "";
    if (!fits || (secure && transport !== "tls")) return [];
    return [{ transport, name: replacement, by: `NAPTR ${service}` }];
  });
}

/** The SRV names to ask for where there is no NAPTR (RFC 3263 4.1). */
export function usualSrvNames(domain: string, secure: boolean): SrvQuestion[] {
  const all: SrvQuestion[] = [
    { transport: "tls", name: `_sips._tcp.${domain}`, by: "SRV" },
    { transport: "tcp", name: `_sip._tcp.${domain}`, by: "SRV" },
    { transport: "udp", name: `_sip._udp.${domain}`, by: "SRV" },
  ];
  return secure ? all.slice(0, 1) : all;
}

/**
 * SRV records in the order to try (RFC 2782): ascending priority; inside one, drawn by weight. `random` gives 0 to under 1.
 * A target of `.` says that the service is not offered, and is left out.
 */
export function orderSrv(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const offered = records.filter(({ name }) => name !== "" && name !== ".");
  const priorities = [...new Set(offered.map(({ priority }) => priority))].toSorted((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawByWeight(
      offered.filter((record) => record.priority === priority),
      random,
    ),
  );
}

function drawByWeight(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  // Weight 0 goes first in the list, so that it has a small chance (RFC 2782).
  let left = records.toSorted((a, b) => a.weight - b.weight);
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    const wanted = Math.floor(random() * (total + 1));
    let running = 0;
    const index = left.findIndex(({ weight }) => (running += weight) >= wanted);
    const next = left[Math.max(index, 0)];
    if (next === undefined) break;
    drawn.push(next);
    left = left.filter((record) => record !== next);
  }
  return drawn;
}
