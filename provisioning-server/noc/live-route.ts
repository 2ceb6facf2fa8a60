import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyInstance } from "fastify";
import type { LiveFeed } from "./live-feed.ts";
import { signedIn } from "./signed-in.ts";

const commentEvery = 15_000;

/** `GET /api/v1/live`: Server-Sent Events (HTML standard, section 9.2), with `Last-Event-ID`. */
export function registerLiveRoute(app: FastifyInstance, feed: LiveFeed, now: () => number): void {
  app.get("/api/v1/live", async (request, reply) => {
    const lastId = request.headers["last-event-id"];
    const write = (text: string): void => {
      reply.raw.write(text);
    };
    const { tenant } = signedIn(request);
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      "content-type": "text/event-stream; charset=utf-8",
      "x-accel-buffering": "no",
    });
    // Proxies give a silent stream up, so a comment keeps it; the event beside it tells the page that all is well, and
    // what time it is here.
    const tellTime = (): void => write(`: still here\nevent: beat\ndata: ${now()}\n\n`);
    const beat = setInterval(tellTime, commentEvery);
    write("retry: 2000\n");
    tellTime();
    const tell = ({ id, event, data }: { id: string; event: string; data: string }): void =>
      write(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`);
    const leave = await feed
      .listen(tenant, typeof lastId === "string" ? lastId : undefined, tell)
      .catch((error: unknown) => {
        request.log.error({ event: "live", err: error }, "the live feed could not be read");
        reply.raw.end();
        return () => {};
      });
    const end = (): void => {
      clearInterval(beat);
      leave();
    };
    reply.raw.on("close", end);
    if (reply.raw.closed || reply.raw.writableEnded) end();
  });
}
