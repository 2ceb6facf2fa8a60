import { request } from "node:https";
import { BlockList, isIP } from "node:net";

export type FetchedCertificate =
  | { readonly ok: true; readonly pem: string }
  | { readonly ok: false; readonly why: string };

export interface CertificateRules {
  /** HOST or HOST:PORT that may be asked although private, or at another port than 443. */
  readonly allow: readonly string[];
  /** PEM of authorities to trust besides the system's, for the server of the certificate. */
  readonly ca?: string;
  readonly resolve: (host: string) => Promise<string[]>;
  readonly signal: AbortSignal;
}

const mostBytes = 65_536;
const longest = 5000;

/** Addresses that no carrier serves a certificate from: private, link-local (cloud metadata with it), loopback, reserved. */
const closed = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  closed.addSubnet(network, prefix, "ipv4");

/** Of IPv6 only global unicast is asked, without the forms that carry an IPv4 address (RFC 6052, 3056, 4380). */
function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !closed.check(address, "ipv4");
  return /^[23]/i.test(address) && !/^(?:2002:|2001:0{0,4}:|64:ff9b:)/i.test(address);
}

/**
 * A certificate from where a caller's header points: whoever calls writes that URL, so it is HTTPS only, port 443, no login in
 * it, no redirect, 64 KiB in 5 s, and never an address of the inside. The address that was looked at is the one connected to.
 */
export async function fetchCertificate(url: string, rules: CertificateRules): Promise<FetchedCertificate> {
  const place = placeOf(url);
  if (place === undefined) return { ok: false, why: "it is no https URL without a login" };
  const { hostname, port } = place;
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const allowed = rules.allow.includes(host) || rules.allow.includes(`${host}:${port}`);
  if (port !== 443 && !allowed) return { ok: false, why: `it is at port ${port}, not 443` };
  const addresses = isIP(host) === 0 ? await rules.resolve(host).catch(() => []) : [host];
  const address = addresses.find((each) => allowed || isPublic(each));
  if (addresses.length === 0) return { ok: false, why: `${host} has no address` };
  if (address === undefined) return { ok: false, why: `${host} is at a private address` };
  return get(new URL(url), address, port, host, rules);
}

function placeOf(url: string): { hostname: string; port: number } | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "https:" || parsed.username !== "" || parsed.password !== "") return undefined;
  return { hostname: parsed.hostname, port: parsed.port === "" ? 443 : Number(parsed.port) };
}

function get(
  url: URL,
  address: string,
  port: number,
  host: string,
  rules: CertificateRules,
): Promise<FetchedCertificate> {
  const signal = AbortSignal.any([rules.signal, AbortSignal.timeout(longest)]);
  return new Promise((resolve) => {
    const fail = (why: string) => resolve({ ok: false, why });
    const asked = request(
      {
        host: address,
        port,
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, accept: "application/pem-certificate-chain, application/pkix-cert" },
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(rules.ca === undefined ? {} : { ca: rules.ca }),
        agent: false,
        signal,
      },
      (answer) => {
        if (answer.statusCode !== 200) {
          answer.destroy();
          return fail(`the server answers ${answer.statusCode ?? 0}`);
        }
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes <= mostBytes) chunks.push(chunk);
          else {
            answer.destroy();
            fail(`it is longer than ${mostBytes} bytes`);
          }
        });
        answer.on("error", (error) => fail(error.message));
        answer.on("end", () => resolve({ ok: true, pem: Buffer.concat(chunks).toString("latin1") }));
      },
    );
    asked.on("error", (error) => fail(signal.aborted ? `no answer within ${longest} ms` : error.message));
    asked.end();
  });
}
