import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Secret } from "../../../protocol/secret.ts";
import { decodeAuthHeader } from "../../../protocol/sip/auth-header.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { checkCredentials, digestHa1 } from "../../../protocol/sip/digest.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { headerValue, type SipHeader, type SipRequest } from "../../../protocol/sip/message.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";

export interface NotifiedPhoneOptions {
  /** It asks for this login first, as Cisco, Grandstream and some Snom phones do. */
  readonly login?: { readonly user: string; readonly password: string };
  /** The codes of its answers, one request after the other, the last for all that follow; none: it does not answer. */
  readonly codes?: readonly number[];
  readonly headers?: readonly SipHeader[];
  /** The request was accepted: a phone fetches its config now. */
  readonly onResync?: (request: SipRequest) => void;
}

/** The SIP side of a phone that is told to fetch its config. */
export interface NotifiedPhone extends AsyncDisposable {
  readonly port: number;
  /** Every request as it came, repeats too. */
  readonly requests: readonly SipRequest[];
}

const realm = "phone.example";
const nonce = "made-up-nonce-1";

export async function notifiedPhone(options: NotifiedPhoneOptions = {}): Promise<NotifiedPhone> {
  const socket = createSocket("udp4");
  const requests: SipRequest[] = [];
  let open = true;
  const codes = [...(options.codes ?? [200])];
  socket.on("message", (bytes, source) => {
    const received = decodeSip(bytes);
    if (!received.ok || received.value.message.kind !== "request") return;
    const request = received.value.message;
    requests.push(request);
    if (options.login !== undefined && !isLoggedIn(request, options.login)) {
      const value = `Digest realm="${realm}", nonce="${nonce}", algorithm=MD5, qop="auth"`;
      reply(request, 401, [{ name: "WWW-Authenticate", value }]);
      return;
    }
    const code = codes.length > 1 ? codes.shift() : codes[0];
    if (code === undefined) return;
    if (code < 300) options.onResync?.(request);
    reply(request, code, options.headers ?? []);

    function reply(to: SipRequest, status: number, headers: readonly SipHeader[]): void {
      const response = buildResponse(to, source, { code: status, toTag: "phone-1", headers });
      socket.send(encodeSip(response), source.port, source.address);
    }
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    requests,
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

function isLoggedIn(request: SipRequest, login: { user: string; password: string }): boolean {
  const header = decodeAuthHeader(headerValue(request, "Authorization") ?? "");
  if (!header.ok) return false;
  return checkCredentials(request, header.value, (user, at, algorithm) =>
    user === login.user && at === realm
      ? digestHa1(algorithm, user, at, new Secret(login.password))
      : undefined,
  );
}
