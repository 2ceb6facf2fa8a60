import { htmlText as html } from "../../html-text.ts";
import { subjectText } from "../../../protocol/subject-text.ts";
import { confidenceWord, type Finding } from "../../../protocol/finding.ts";
import { printObservation } from "./print-findings.ts";
import { printSilence, verdict, type Seen } from "./print-verdict.ts";

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
article{border-left:4px solid #b3261e;padding:.2rem 1rem;margin:1.5rem 0}article.minor{border-color:#8a6100}article.info{border-color:#777}
h2{font-size:1.1rem;margin:.2rem 0}dt{color:#59636e;font-size:.85rem}dd{margin:0 0 .5rem}li,td{font:13px/1.5 ui-monospace,monospace}
@media(prefers-color-scheme:dark){body{background:#14171b;color:#e6e8eb}dt{color:#9aa4af}}`;

function article(finding: Finding, number: number): string {
  const proof = finding.because.map((each) => `<li>${html(printObservation(each))}</li>`).join("");
  const phones = finding.affects.map((each) => html(each.replace(":", " "))).join(", ");
  return `<article class="${finding.severity}"><h2>${number}. ${html(finding.cause)}: ${html(subjectText(finding.subject))}</h2>
<p>${html(finding.sentence)}</p><dl><dt>Remedy</dt><dd>${html(finding.remedy)}</dd>
<dt>Confidence</dt><dd>${confidenceWord(finding.confidence)} (${finding.confidence.toFixed(2)}), ${finding.severity}, rule ${html(finding.rule)}</dd>
<dt>Proof</dt><dd><ul>${proof}</ul></dd>${phones === "" ? "" : `<dt>Phones</dt><dd>${phones}</dd>`}</dl></article>`;
}

/** One self-contained page: findings with their proof, then everything that was observed. */
export function findingsPage(seen: Seen, now: number): string {
  const { findings, observations } = seen;
  const title = verdict(seen);
  const silent = seen.silent.map((each) => `<li>Not judged: ${html(printSilence(each))}</li>`).join("");
  const rows = observations.map((each) => `<li>${html(printObservation(each))}</li>`).join("\n");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Offhook: ${title}</title><style>${style}</style>
<h1>${title}</h1><p>${new Date(now).toISOString()}</p>${findings.map((each, number) => article(each, number + 1)).join("\n")}${silent === "" ? "" : `\n<ul>${silent}</ul>`}
<h2>Everything observed</h2><ul>${rows}</ul></html>
`;
}
