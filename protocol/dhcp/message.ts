import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { decodeOptions, dhcpOption, encodeOptions, type DhcpOptions } from "./options.ts";

// DHCP (RFC 2131 section 2), the layout of BOOTP with a cookie before the options:
//   0 op  1 htype  2 hlen  3 hops  4 xid  8 secs  10 flags  12 ciaddr  16 yiaddr  20 siaddr  24 giaddr
//   28 chaddr (16)  44 sname (64)  108 file (128)  236 cookie  240 options

const place = { chaddr: 28, serverName: 44, file: 108, cookie: 236, options: 240 } as const;
const cookie = 0x63_82_53_63;
const longestAddress = 16;
const broadcastFlag = 0x8000;
/** BOOTP's 64 octets of options (RFC 951): some relays drop what is shorter. */
const least = 300;

export const dhcpType = { discover: 1, offer: 2 } as const;
export const dhcpPort = { server: 67, client: 68 } as const;

export interface DhcpMessage {
  readonly op: "request" | "reply";
  /** 1 is Ethernet. */
  readonly hardwareType: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  /** The client cannot take a reply to an address that it does not have yet. */
  readonly broadcast: boolean;
  readonly clientAddress: string;
  /** What the server offers. */
  readonly yourAddress: string;
  readonly nextServer: string;
  readonly relay: string;
  readonly hardwareAddress: Uint8Array;
  /** Empty where the field holds options instead (option 52). */
  readonly serverName: string;
  readonly file: string;
  /** Joined over all fields; option 52 itself is left out. */
  readonly options: DhcpOptions;
}

/** A DHCP message as it stands in a UDP datagram. */
export function decodeDhcp(bytes: Uint8Array): Decoded<DhcpMessage> {
  if (bytes.length < place.options)
    return mismatch(`byte ${bytes.length}`, `${place.options} bytes at least`, "the end");
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const [op = 0, hardwareType = 0, hardwareLength = 0, hops = 0] = bytes;
  if (op !== 1 && op !== 2) return mismatch("byte 0", "1 or 2", String(op));
  if (hardwareLength > longestAddress)
    return mismatch("byte 2", `${longestAddress} at most`, String(hardwareLength));
  const found = data.readUInt32BE(place.cookie);
  if (found !== cookie)
    return mismatch(`byte ${place.cookie}`, "the cookie of DHCP", `0x${found.toString(16)}`);
  const read = readFields(bytes);
  if (!read.ok) return read;
  const address = (at: number) => bytes.subarray(at, at + 4).join(".");
  return decoded({
    op: op === 1 ? "request" : "reply",
    hardwareType,
    hops,
    xid: data.readUInt32BE(4),
    secs: data.readUInt16BE(8),
    broadcast: (data.readUInt16BE(10) & broadcastFlag) !== 0,
    clientAddress: address(12),
    yourAddress: address(16),
    nextServer: address(20),
    relay: address(24),
    hardwareAddress: bytes.slice(place.chaddr, place.chaddr + hardwareLength),
    ...read.value,
  });
}

type Fields = Pick<DhcpMessage, "serverName" | "file" | "options">;

/** Option 52 says that `file` (1), `sname` (2) or both (3) go on with options, in that order (RFC 3396 section 5). */
function readFields(bytes: Uint8Array): Decoded<Fields> {
  const field = (at: number, until?: number) => ({ bytes: bytes.subarray(at, until), at });
  const own = field(place.options);
  const first = decodeOptions([own]);
  if (!first.ok) return first;
  const overload = first.value.get(dhcpOption.overload)?.[0] ?? 0;
  const file = field(place.file, place.cookie);
  const serverName = field(place.serverName, place.file);
  const all = decodeOptions([
    own,
    ...((overload & 1) === 0 ? [] : [file]),
    ...((overload & 2) === 0 ? [] : [serverName]),
  ]);
  if (!all.ok) return all;
  const options = new Map(all.value);
  options.delete(dhcpOption.overload);
  return decoded({
    serverName: (overload & 2) === 0 ? textOf(serverName.bytes) : "",
    file: (overload & 1) === 0 ? textOf(file.bytes) : "",
    options,
  });
}

/** Up to the first zero. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("latin1");
}

/** @throws RangeError for an address of more than 16 octets, or a name that does not fit: both are ours to choose. */
export function encodeDhcp(message: DhcpMessage): Uint8Array {
  const options = encodeOptions(message.options);
  const data = Buffer.alloc(Math.max(least, place.options + options.length));
  const { hardwareAddress } = message;
  if (hardwareAddress.length > longestAddress)
    throw new RangeError("a hardware address has 16 octets at most");
  data.writeUInt8(message.op === "request" ? 1 : 2, 0);
  data.writeUInt8(message.hardwareType, 1);
  data.writeUInt8(hardwareAddress.length, 2);
  data.writeUInt8(message.hops, 3);
  data.writeUInt32BE(message.xid, 4);
  data.writeUInt16BE(message.secs, 8);
  data.writeUInt16BE(message.broadcast ? broadcastFlag : 0, 10);
  const { clientAddress, yourAddress, nextServer, relay } = message;
  [clientAddress, yourAddress, nextServer, relay].forEach((address, i) =>
    data.set(address.split(".").map(Number), 12 + 4 * i),
  );
  data.set(hardwareAddress, place.chaddr);
  writeText(data, message.serverName, place.serverName, place.file);
  writeText(data, message.file, place.file, place.cookie);
  data.writeUInt32BE(cookie, place.cookie);
  data.set(options, place.options);
  return Uint8Array.from(data);
}

function writeText(data: Buffer, text: string, at: number, until: number): void {
  if (text.length > until - at) throw new RangeError(`the field takes ${until - at} octets`);
  data.write(text, at, "latin1");
}
