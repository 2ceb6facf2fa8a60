import { decoded, mismatch, type Decoded } from "../decoded.ts";

// SSDP (UPnP Device Architecture 1.3.2, 1.3.3): a search by multicast, answered to the asker alone.

export const ssdpGroup = { address: "239.255.255.250", port: 1900 } as const;

/** Asks for routers; one of version 2 answers to version 1 as well. */
export const ssdpSearch: Uint8Array = Buffer.from(
  [
    "M-SEARCH * HTTP/1.1",
    `HOST: ${ssdpGroup.address}:${ssdpGroup.port}`,
    'MAN: "ssdp:discover"',
    "MX: 1",
    "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "",
    "",
  ].join("\r\n"),
  "latin1",
);

const largest = 4096;

/** Where a device's description lies, as its answer names it. */
export function decodeSsdpAnswer(bytes: Uint8Array): Decoded<string> {
  if (bytes.length > largest) return mismatch("byte 0", `at most ${largest} bytes`, `${bytes.length} bytes`);
  const [first = "", ...lines] = Buffer.from(bytes).toString("latin1").split("\r\n");
  if (!/^HTTP\/1\.[01] 200\b/.test(first)) return mismatch("line 1", "HTTP/1.1 200 OK", first);
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (line.slice(0, colon).trim().toLowerCase() === "location")
      return decoded(line.slice(colon + 1).trim());
  }
  return mismatch("headers", "LOCATION", "none");
}
