import { isIPv4 } from "node:net";
import type { Secret } from "../../protocol/secret.ts";
import type { DigestAccount } from "../../protocol/sip/digest.ts";
import type { ResyncWay } from "./resync-plan.ts";

/** Where a NOTIFY goes, and who answers a challenge on the way. */
export interface NotifyTarget {
  readonly way: ResyncWay;
  /** Request-URI and To. */
  readonly uri: string;
  /** Host and port the datagram is sent to. */
  readonly host: string;
  readonly port: number;
  /** Answers a PBX that asks for a login (407, or 401 of its realm). */
  readonly pbxAccount?: DigestAccount;
  /** The phone's own account: phones that ask for a login expect it. */
  readonly phoneAccount?: DigestAccount;
}

/** The proxy of a site, where it is another than the one phones are told, and its login for us. */
export interface SitePbx {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: Secret;
}

/** What is known of a phone's first account. */
export interface PhoneAccount {
  readonly user?: string;
  readonly authUser?: string;
  readonly password?: Secret;
  /** The SIP domain: what stands behind the @. */
  readonly server?: string;
  readonly serverPort: number;
  readonly proxy?: { readonly host: string; readonly port: number };
  /** 0: the phone's choice. */
  readonly localPort: number;
}

export type NotifyTargetFound =
  | { readonly ok: true; readonly target: NotifyTarget }
  | { readonly ok: false; readonly why: string };

export interface WhereInput {
  readonly via?: ResyncWay;
  readonly account: PhoneAccount;
  readonly pbx?: SitePbx;
  /** Where the server saw it last. */
  readonly address?: string;
  /** How many other phones the server sees at that address. */
  readonly neighbours: number;
}

/** The way to a phone: through the PBX where it has an account there, else straight to where it was last seen. */
export function notifyTarget(input: WhereInput): NotifyTargetFound {
  const { user, server } = input.account;
  const way = input.via ?? (user !== undefined && server !== undefined ? "pbx" : "direct");
  return way === "pbx" ? throughPbx(input) : straight(input);
}

function throughPbx({ account, pbx }: WhereInput): NotifyTargetFound {
  const { user, server, serverPort, proxy } = account;
  if (user === undefined || server === undefined)
    return {
      ok: false,
      why: "it has no account (line1.user, line1.server.host) that the PBX would know it by",
    };
  const to = pbx ?? proxy ?? { host: server, port: serverPort };
  const own = ownAccount(account);
  const pbxAccount =
    pbx?.user === undefined || pbx.password === undefined ? own : { user: pbx.user, password: pbx.password };
  return {
    ok: true,
    target: {
      way: "pbx",
      uri: `sip:${escapeUser(user)}@${bracketed(server)}`,
      host: to.host,
      // 0 asks for DNS (NAPTR, SRV), which a NOTIFY does not need: the usual port.
      port: to.port === 0 ? 5060 : to.port,
      ...(pbxAccount === undefined ? {} : { pbxAccount }),
      ...(own === undefined ? {} : { phoneAccount: own }),
    },
  };
}

function straight({ account, address, neighbours }: WhereInput): NotifyTargetFound {
  if (address === undefined) return { ok: false, why: "it was never seen, so its address is not known" };
  if (neighbours > 0)
    return {
      ok: false,
      why: `${neighbours} more phones were last seen at ${address}: behind a NAT only the PBX knows the way`,
    };
  const port = account.localPort === 0 ? 5060 : account.localPort;
  const own = ownAccount(account);
  const user = account.user === undefined ? "" : `${escapeUser(account.user)}@`;
  const uri = `sip:${user}${bracketed(address)}:${port}`;
  const account_ = own === undefined ? {} : { phoneAccount: own };
  return { ok: true, target: { way: "direct", uri, host: address, port, ...account_ } };
}

function ownAccount({ user, authUser, password }: PhoneAccount): DigestAccount | undefined {
  const name = authUser ?? user;
  return name === undefined || password === undefined ? undefined : { user: name, password };
}

/** RFC 3261 25.1: what may not stand bare in the user part. */
function escapeUser(user: string): string {
  return encodeURIComponent(user).replaceAll("%2B", "+");
}

function bracketed(host: string): string {
  return host.includes(":") && !isIPv4(host) && !host.startsWith("[") ? `[${host}]` : host;
}
