import { dhcpOption, type DhcpOptions } from "./options.ts";
import {
  addressesIn,
  numberIn,
  sipServersIn,
  subOptionsIn,
  textIn,
  vendorOptionsIn,
} from "./option-values.ts";

/** One thing that phones are told: the option, `43.66` for a sub-option, `125.3561.6` for a maker's own. */
export interface ToldOption {
  readonly option: string;
  readonly value: string;
}

/** Options by which makers hand out the place of configs: each maker has its own. */
const configCodes = [66, 67, 114, 150, 159, 160, 161, 242];
/** Voice VLAN; 128 and 132 hold it as text or number, 176 and 242 among others (`L2QVLAN=96`). */
const vlanCodes = [128, 132, 176, 242];

/** What a phone asks for besides its address: each maker asks for some of these. */
export const askedCodes: readonly number[] = [
  1, 2, 3, 4, 6, 12, 15, 26, 28, 42, 43, 51, 54, 58, 59, 66, 67, 114, 120, 125, 128, 132, 133, 150, 159, 160,
  161, 176, 242,
];

/** Where phones may learn of their config server. */
export function configPlaces(options: DhcpOptions): ToldOption[] {
  const plain = configCodes.flatMap((code) => told(String(code), options.get(code)));
  return [...plain, ...vendorPlaces(options)];
}

function told(option: string, bytes: Uint8Array | undefined): ToldOption[] {
  if (bytes === undefined) return [];
  // 150 holds addresses (RFC 5859), and text on servers set up by hand; 66 the other way round.
  const text = textIn(bytes);
  const addresses = addressesIn(bytes)?.join(", ");
  const value =
    option === "150" && bytes.length <= 16 && !looksTyped(bytes) ? (addresses ?? text) : (text ?? addresses);
  return [{ option, value: value ?? `0x${Buffer.from(bytes).toString("hex")}` }];
}

/** All printable, with a dot, a slash or a colon: text that somebody typed, not octets that happen to be letters. */
const looksTyped = (bytes: Uint8Array) =>
  /^[\x20-\x7e]*[./:][\x20-\x7e]*$/.test(Buffer.from(bytes).toString("latin1"));

/** Option 43 as sub-options, else as one text; option 125 by maker. */
function vendorPlaces(options: DhcpOptions): ToldOption[] {
  const own = options.get(dhcpOption.vendorSpecific);
  const others = options.get(dhcpOption.vendorIdentifying);
  return [
    ...(own === undefined ? [] : vendorSpecific(own)),
    ...(others === undefined
      ? []
      : (vendorOptionsIn(others) ?? []).flatMap(({ enterprise, code, value }) =>
          told(`125.${enterprise}.${code}`, value),
        )),
  ];
}

function vendorSpecific(bytes: Uint8Array): ToldOption[] {
  const inner = looksTyped(bytes) ? undefined : subOptionsIn(bytes);
  if (inner === undefined) return told("43", bytes);
  return [...inner].flatMap(([code, value]) => told(`43.${code}`, value));
}

/** Voice VLAN that phones are told, by the option that says so. */
export function voiceVlans(options: DhcpOptions): ToldOption[] {
  return vlanCodes.flatMap((code) => {
    const vlan = vlanIn(code, options.get(code));
    return vlan === undefined ? [] : [{ option: String(code), value: String(vlan) }];
  });
}

function vlanIn(code: number, bytes: Uint8Array | undefined): number | undefined {
  const pattern = code === 176 || code === 242 ? /\bL2QVLAN=(\d{1,4})\b/ : /^(?:VLAN-[A-Z]=)?(\d{1,4});?/;
  const text = pattern.exec(textIn(bytes) ?? "")?.[1];
  const vlan = text !== undefined ? Number(text) : code === 132 ? numberIn(bytes) : undefined;
  return vlan !== undefined && vlan >= 1 && vlan <= 4094 ? vlan : undefined;
}

/** SIP servers by option 120. */
export function sipServers(options: DhcpOptions): string[] {
  const bytes = options.get(dhcpOption.sipServers);
  return bytes === undefined ? [] : (sipServersIn(bytes) ?? []);
}

/**
 * Whether a phone that is told this comes to the expected address (`https://phones.example:8443/`): the same scheme, host
 * and port, and nothing above its path. A bare host means TFTP; option 150 tells nothing but addresses.
 */
export function leadsTo({ option, value }: ToldOption, expected: string): boolean {
  const wanted = URL.parse(expected);
  if (wanted === null) return false;
  if (option === "150") return value.split(", ").includes(wanted.hostname);
  // `TLSSRVR=phones.example,TLSPORT=8443`: a list of settings (Avaya).
  if (/^\w+=/.test(value)) return value.split(/[=,;\s]/).includes(wanted.hostname);
  const found = URL.parse(value.includes("://") ? value : `tftp://${value}`);
  const folder = wanted.pathname.replace(/\/$/, "");
  return (
    found !== null &&
    found.protocol === wanted.protocol &&
    found.host === wanted.host &&
    (found.pathname === folder || found.pathname.startsWith(`${folder}/`))
  );
}
