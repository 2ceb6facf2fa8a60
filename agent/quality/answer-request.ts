import { decodeQualityReport } from "../../protocol/quality-report/decode-quality-report.ts";
import type { QualityReport } from "../../protocol/quality-report/quality-report.ts";
import { mismatchSentence } from "../../protocol/decoded.ts";
import { headerValue, type SipHeader, type SipRequest } from "../../protocol/sip/message.ts";

const reportType = "application/vq-rtcpxr";

/** What a collector of reports says to a request, and the report in it; `why` names what a refused one lacks. */
export interface RequestAnswer {
  readonly code: number;
  readonly headers: readonly SipHeader[];
  readonly report?: QualityReport;
  readonly why?: string;
}

const plain = (name: string, value: string): SipHeader => ({ name, value });

/** A phone's PUBLISH (RFC 3903), or the NOTIFY that some send in its place (RFC 6035 4.6). */
export function answerRequest(request: SipRequest, etag: string): RequestAnswer {
  if (request.method === "OPTIONS")
    return { code: 200, headers: [plain("Accept", reportType), plain("Allow-Events", "vq-rtcpxr")] };
  if (request.method !== "PUBLISH" && request.method !== "NOTIFY")
    return { code: 405, headers: [], why: `${request.method} is for somebody else` };
  const event = (headerValue(request, "Event") ?? "").split(";")[0]?.trim().toLowerCase();
  if (event !== "vq-rtcpxr")
    return {
      code: 489,
      headers: [plain("Allow-Events", "vq-rtcpxr")],
      why: `the event is ${event === "" || event === undefined ? "not said" : event}`,
    };
  const accepted = request.method === "PUBLISH" ? publication(request, etag) : [];
  // A refresh or an end of the publication carries nothing (RFC 3903 4.4).
  if (request.body.length === 0) return { code: 200, headers: accepted };
  const type = (headerValue(request, "Content-Type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== reportType)
    return { code: 415, headers: [plain("Accept", reportType)], why: `the body is ${type ?? "of no type"}` };
  const report = decodeQualityReport(request.body);
  if (!report.ok) return { code: 400, headers: [], why: mismatchSentence(report.why) };
  return { code: 200, headers: accepted, report: report.value };
}

/** RFC 3903 11.3: every 2xx carries an entity tag and the time it holds. */
function publication(request: SipRequest, etag: string): SipHeader[] {
  const wanted = Number(headerValue(request, "Expires") ?? "3600");
  const expires = Number.isInteger(wanted) && wanted >= 0 ? Math.min(wanted, 3600) : 3600;
  return [plain("SIP-ETag", etag), plain("Expires", String(expires))];
}
