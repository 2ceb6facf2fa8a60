import { once } from "node:events";
import { type IncomingMessage, request as startRequest } from "node:http";

export interface RouterQuestion {
  readonly url: URL;
  /** With it the request is a POST. */
  readonly soap?: { readonly action: string; readonly body: string };
}

const longest = 65_536;
const within = 3000;

/**
 * One request to a router on the local link, with no redirects, 64 KiB and 3 s: what answers there may be anything.
 * @throws Error in the world's words, or the signal's reason.
 */
export async function askRouterOverHttp({ url, soap }: RouterQuestion, signal: AbortSignal): Promise<string> {
  const request = startRequest(url, {
    method: soap === undefined ? "GET" : "POST",
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(within)]),
    headers:
      soap === undefined
        ? {}
        : {
            "content-type": 'text/xml; charset="utf-8"',
            "content-length": Buffer.byteLength(soap.body),
            soapaction: soap.action,
          },
  });
  request.end(soap?.body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`the router answers ${response.statusCode ?? 0}`);
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > longest) throw new Error(`the router's answer is larger than ${longest} octets`);
  }
  return Buffer.concat(parts).toString("utf8");
}
