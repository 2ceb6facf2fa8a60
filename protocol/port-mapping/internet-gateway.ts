import { decoded, mismatch, type Decoded } from "../decoded.ts";

// UPnP Internet Gateway Device: of its description one service is needed, of its answer one element. Both are looked for
// by plain search, as routers write this XML by hand; nothing is expanded, so nothing can grow.

export interface GatewayService {
  /** Such as `urn:schemas-upnp-org:service:WANIPConnection:1`. */
  readonly type: string;
  readonly controlUrl: string;
}

const connection = /^urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:\d{1,2}$/;
const mostServices = 100;

/** The first service of a device description that knows an external address. */
export function decodeGatewayDescription(xml: string): Decoded<GatewayService> {
  let at = 0;
  for (let count = 0; count < mostServices; count += 1) {
    const service = elementAt(xml, "service", at);
    if (service === undefined) break;
    at = service.end;
    const type = elementAt(service.text, "serviceType", 0)?.text.trim() ?? "";
    const controlUrl = elementAt(service.text, "controlURL", 0)?.text.trim() ?? "";
    if (connection.test(type) && controlUrl !== "") return decoded({ type, controlUrl: plain(controlUrl) });
  }
  return mismatch("description", "a service WANIPConnection or WANPPPConnection", xml.slice(0, 60));
}

/** The body of the SOAP request, and its SOAPAction. */
export function externalAddressRequest(type: string): { readonly action: string; readonly body: string } {
  const body =
    '<?xml version="1.0"?>\r\n' +
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
    `<s:Body><u:GetExternalIPAddress xmlns:u="${type}"></u:GetExternalIPAddress></s:Body></s:Envelope>\r\n`;
  return { action: `"${type}#GetExternalIPAddress"`, body };
}

/** The address; `""` where the router says that it has none. */
export function decodeExternalAddress(xml: string): Decoded<string> {
  const address = elementAt(xml, "NewExternalIPAddress", 0)?.text.trim();
  if (address === undefined) return mismatch("answer", "NewExternalIPAddress", xml.slice(0, 60));
  if (address === "" || address === "0.0.0.0") return decoded("");
  const isV4 =
    /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address) && address.split(".").every((part) => Number(part) < 256);
  return isV4 ? decoded(address) : mismatch("NewExternalIPAddress", "an IPv4 address", address);
}

/** Text of the first such element at or behind an offset: `<name …>text</name>`. */
function elementAt(xml: string, name: string, from: number): { text: string; end: number } | undefined {
  const open = new RegExp(`<${name}(?:\\s[^<>]*)?>`, "g");
  open.lastIndex = from;
  const start = open.exec(xml);
  if (start === null) return undefined;
  const close = xml.indexOf(`</${name}>`, open.lastIndex);
  if (close === -1) return undefined;
  return { text: xml.slice(open.lastIndex, close), end: close + name.length + 3 };
}

function plain(text: string): string {
  return text.replaceAll("&amp;", "&");
}
