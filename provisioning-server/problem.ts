import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import type { Mismatch } from "../protocol/decoded.ts";

/**
 * Every way the server says no to staff and agents (RFC 9457): slug → status and title. `type` is `/problems/<slug>`.
 * Phones get plain text instead (doors/).
 */
export const problems = {
  "invalid-request": { status: 400, title: "The request does not fit its schema" },
  "malformed-body": { status: 400, title: "The body cannot be read" },
  unauthenticated: { status: 401, title: "Not signed in" },
  "token-expired": { status: 401, title: "The token has ended" },
  "agent-revoked": { status: 401, title: "This agent was revoked" },
  forbidden: { status: 403, title: "Not allowed" },
  "enrol-token-invalid": { status: 403, title: "The enrolment token is unknown, used or expired" },
  "not-found": { status: 404, title: "No such thing" },
  conflict: { status: 409, title: "Somebody else changed it meanwhile" },
  "epoch-conflict": { status: 409, title: "Another agent goes by this identity" },
  "precondition-failed": { status: 412, title: "The version asked for is not the current one" },
  "payload-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body is of an unknown kind" },
  "rule-violated": { status: 422, title: "Well formed, and not allowed" },
  "upgrade-required": { status: 426, title: "This agent is too old" },
  "rate-limited": { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "The server failed" },
  "store-unavailable": { status: 503, title: "The store is not available" },
  overloaded: { status: 503, title: "The server has too much to do" },
  draining: { status: 503, title: "The server is stopping" },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemSlug = keyof typeof problems;

export interface ProblemExtras {
  readonly errors?: readonly { pointer: string; expected: string; found: string }[];
  readonly offset?: number;
  readonly current?: unknown;
  readonly etag?: string;
  readonly limit?: number;
  readonly accepted?: readonly string[];
  readonly rule?: string;
  readonly minimum?: string;
  /** Seconds; becomes the Retry-After header too. */
  readonly retryAfter?: number;
}

/** Thrown by a handler to answer with a row of {@link problems}. */
export class Problem extends Error {
  readonly slug: ProblemSlug;
  readonly extras: ProblemExtras;

  constructor(slug: ProblemSlug, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.slug = slug;
    this.extras = extras;
  }
}

/** `invalid-request` with every mismatch. */
export function invalidRequest(mismatches: readonly Mismatch[]): Problem {
  const errors = mismatches.map(({ place, expected, found }) => ({ pointer: place, expected, found }));
  return new Problem("invalid-request", `${errors.length} places do not fit`, { errors });
}

const statusSlugs = new Map<number, ProblemSlug>([
  [400, "malformed-body"],
  [404, "not-found"],
  [413, "payload-too-large"],
  [415, "unsupported-media-type"],
  [429, "rate-limited"],
]);

/** Fastify's own refusals in our words; undefined: a bug of ours, or the store. */
function fromFastify(error: FastifyError): Problem | undefined {
  const slug = error.statusCode === undefined ? undefined : statusSlugs.get(error.statusCode);
  return slug === undefined ? undefined : new Problem(slug, error.message);
}

export interface ProblemLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Makes this scope of the app answer errors and unknown paths as `application/problem+json`. */
export function answerWithProblems(scope: FastifyInstance, log: ProblemLog): void {
  scope.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const problem = error instanceof Problem ? error : fromFastify(error);
    if (problem !== undefined) return sendProblem(reply, problem, request.id);
    log.error({ event: "failure", path: request.url, req: request.id, err: error }, "a request failed");
    if (error.name === "StoreError")
      return sendProblem(reply, new Problem("store-unavailable", "try again", { retryAfter: 5 }), request.id);
    return sendProblem(reply, new Problem("internal", "the log has the reason"), request.id);
  });
}

/** Answers with the problem: status, headers and body. */
export function sendProblem(reply: FastifyReply, problem: Problem, requestId: string): FastifyReply {
  const { status, title } = problems[problem.slug];
  if (status === 401) void reply.header("www-authenticate", `Bearer error="${problem.slug}"`);
  if (problem.extras.retryAfter !== undefined)
    void reply.header("retry-after", Math.ceil(problem.extras.retryAfter));
  return reply
    .code(status)
    .type("application/problem+json")
    .send(
      JSON.stringify({
        type: `/problems/${problem.slug}`,
        title,
        status,
        detail: problem.message,
        req: requestId,
        ...problem.extras,
      }),
    );
}
