// TLS up to 1.2 (RFC 5246 6.2.1, 7.4): a server's side of the handshake is in the clear until its ChangeCipherSpec.
//
//   record: 0 type | 1 version (2) | 3 length (2) | fragment     handshake message: 0 type | 1 length (3) | body
//   A message may span records, and a record may carry several.

const record = { changeCipherSpec: 20, handshake: 22 };
const message = { serverHello: 2, certificateRequest: 13 };

/**
 * Did a server of TLS 1.2 or older ask for a client certificate? By its octets from the start; gives the version that its
 * hello chose, such as 0x0303 for TLS 1.2, which a client may still refuse.
 */
export function certificateRequestedIn(bytes: Uint8Array): number | undefined {
  const messages = handshakeOf(bytes);
  let version: number | undefined;
  for (let at = 0; at + 4 <= messages.length; at += 4 + numberAt(messages, at + 1, 3)) {
    if (messages[at] === message.serverHello) version = numberAt(messages, at + 4, 2);
    if (messages[at] === message.certificateRequest) return version;
  }
  return undefined;
}

/** The handshake messages of whole records, one behind the other. */
function handshakeOf(bytes: Uint8Array): Uint8Array {
  const fragments: Uint8Array[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 5 + numberAt(bytes, at + 3, 2);
    if (bytes[at] === record.changeCipherSpec || end > bytes.length) break;
    if (bytes[at] === record.handshake) fragments.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return Buffer.concat(fragments);
}

/** A number of so many octets, network order. */
function numberAt(bytes: Uint8Array, at: number, octets: number): number {
  return bytes.subarray(at, at + octets).reduce((sum, octet) => sum * 256 + octet, 0);
}
