import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Secret } from "../../protocol/secret.ts";
import type { PageFiles } from "./page-files.ts";
import { clearSessionCookie, sessionToken, setSessionCookie } from "./session-cookie.ts";
import type { SignIn, SignInResult } from "./sign-in.ts";

export interface SignInRoutesParts {
  readonly signIn: SignIn;
  readonly files: PageFiles;
  readonly onSignIn: (result: SignInResult["outcome"]) => void;
  /** A hostile attempt from this address, for the line that fail2ban reads. */
  readonly onAbuse: (kind: "login", address: string) => void;
}

/** `/sign-in`, `/sign-in/link/:token`, `/sign-out`: forms without script, so that they work before anything is trusted. */
export function registerSignInRoutes(app: FastifyInstance, parts: SignInRoutesParts): void {
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: 4096 },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
  app.get("/sign-in", (_request, reply) => sendForm(reply, parts.files, ""));
  app.post("/sign-in", async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const password = new Secret((form.get("password") ?? "").slice(0, 1000));
    const login = (form.get("login") ?? "").slice(0, 200);
    const result = await parts.signIn.byPassword(login, password, request.ip);
    return finish(request, reply, parts, result, form.get("next"));
  });
  app.get<{ Params: { token: string } }>("/sign-in/link/:token", async (request, reply) => {
    // Chat programs and mail scanners open links to preview them, which must not use the link up. Only a person's
    // browser says that it navigates (Fetch Metadata); all others get a button.
    const { "sec-fetch-mode": mode, "sec-fetch-dest": dest, "sec-purpose": purpose } = request.headers;
    if (mode !== "navigate" || dest !== "document" || purpose !== undefined)
      return sendForm(reply, parts.files, linkForm);
    return finish(request, reply, parts, await byLink(request, parts), null);
  });
  app.post<{ Params: { token: string } }>("/sign-in/link/:token", async (request, reply) =>
    finish(request, reply, parts, await byLink(request, parts), null),
  );
  app.post("/sign-out", async (request, reply) => {
    const token = sessionToken(request);
    if (token !== undefined) await parts.signIn.signOut(token);
    clearSessionCookie(reply);
    return reply.redirect("/sign-in", 303);
  });
}

const linkForm = `<form method="post"><button>Sign in</button></form>`;

function byLink(
  request: FastifyRequest<{ Params: { token: string } }>,
  parts: SignInRoutesParts,
): Promise<SignInResult> {
  return parts.signIn.byLink(new Secret(request.params.token));
}

function finish(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: SignInRoutesParts,
  result: SignInResult,
  next: string | null,
): FastifyReply {
  parts.onSignIn(result.outcome);
  switch (result.outcome) {
    case "ok":
      setSessionCookie(reply, result.token);
      return reply.redirect(ownPath(next), 303);
    case "refused":
      parts.onAbuse("login", request.ip);
      reply.code(403);
      return sendForm(reply, parts.files, request.url.startsWith("/sign-in/link/") ? oldLink : wrong);
    case "locked":
      parts.onAbuse("login", request.ip);
      reply.code(429).header("retry-after", Math.ceil(result.retryAfter / 1000));
      return sendForm(reply, parts.files, locked);
  }
}

const wrong = `<p role="alert">Login or password is wrong.</p>`;
const oldLink = `<p role="alert">This link was used or is older than 15 minutes. Ask for a new one.</p>`;
const locked = `<p role="alert">Too many failed attempts. Try again in 15 minutes.</p>`;

/** Only paths of ours: `//host` and `/\host` are other hosts to a browser. */
function ownPath(next: string | null): string {
  return next !== null && /^\/[A-Za-z0-9]/.test(next) ? next : "/";
}

/** `notice` is markup of this file, never of a request. */
function sendForm(reply: FastifyReply, files: PageFiles, notice: string): FastifyReply {
  const page = files.html("sign-in.html");
  if (page === undefined) return sendUnbuilt(reply);
  // With no-referrer a browser sends `Origin: null` on a form, and the check of writes would refuse our own.
  reply.header("referrer-policy", "same-origin");
  return reply.type("text/html; charset=utf-8").send(page.replace("<!--notice-->", () => notice));
}

export function sendUnbuilt(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .type("text/plain; charset=utf-8")
    .send("The page is not built: npm run build:page\n");
}
