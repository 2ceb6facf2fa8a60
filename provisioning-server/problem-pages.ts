import type { FastifyInstance } from "fastify";
import { problems } from "./problem.ts";

/** `GET /problems/<slug>`: what the `type` of an error leads to, in one sentence. */
export function registerProblemPages(app: FastifyInstance): void {
  for (const [slug, { status, title }] of Object.entries(problems)) {
    app.get(`/problems/${slug}`, (_request, reply) =>
      reply
        .type("text/plain; charset=utf-8")
        .send(`${slug} (${status}): ${title}.\ndocs/problems.md tells when it comes and what to do.\n`),
    );
  }
}
