import { Resolver } from "node:dns/promises";
import type { NaptrRecord, SrvRecord } from "../../../protocol/sip/server-targets.ts";

/** The records of a SIP domain (RFC 3263). A name without such records gives none. */
export interface SipRecords {
  naptr(domain: string): Promise<NaptrRecord[]>;
  srv(name: string): Promise<SrvRecord[]>;
  /** IPv6 first, as phones take them. */
  addresses(host: string): Promise<string[]>;
}

export type OpenSipRecords = (server?: string) => SipRecords;

/** Asks the system's name servers, or this one (`ADDRESS[:PORT]`). @throws with the resolver's code where it does not answer. */
export const openSipRecords: OpenSipRecords = (server) => {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  if (server !== undefined) resolver.setServers([server]);
  return {
    naptr: (domain) => none(resolver.resolveNaptr(domain)),
    srv: (name) => none(resolver.resolveSrv(name)),
    async addresses(host) {
      const [v6, v4] = await Promise.all([none(resolver.resolve6(host)), none(resolver.resolve4(host))]);
      return [...v6, ...v4];
    },
  };
};

/** No such record, and no such name, are answers. */
async function none<T>(question: Promise<T[]>): Promise<T[]> {
  try {
    return await question;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENODATA" || code === "ENOTFOUND") return [];
    throw error;
  }
}
