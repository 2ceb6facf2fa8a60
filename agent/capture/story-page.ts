import { htmlText as html } from "../html-text.ts";
import type { Finding } from "../../protocol/finding.ts";
import { captureLimits, captureSentence, clock, streamCells, streamHeads } from "./print-story.ts";
import type { CaptureStory, DialogueStory, ExplainedStream } from "./capture-story.ts";
import type { Dialogue, LadderStep } from "./dialogue.ts";
import { ladderLanes } from "./ladder-lanes.ts";
import { packetsText, type Remark } from "./remark.ts";

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h2{font-size:1.15rem;margin:2rem 0 .3rem}ul{padding-left:1.2rem}.wrong{color:#b3261e}.packets{color:#59636e;font-size:.85em}
table{border-collapse:collapse;font:13px/1.5 ui-monospace,monospace}td,th{padding:.1rem .6rem;text-align:left;border-bottom:1px solid #d0d7de}
td:nth-child(n+5):nth-child(-n+11),th:nth-child(n+5):nth-child(-n+11){text-align:right}tr.wrong td{color:#b3261e}h1{font-size:1.5rem;overflow-wrap:anywhere}article p{margin:.3rem 0}
.draw{overflow-x:auto}svg{font:12px ui-monospace,monospace;fill:currentColor;stroke:none}svg line,svg path{stroke:currentColor;fill:none}
svg .lane{stroke:#9aa4af}svg .again{color:#b3261e}svg .faint{fill:#59636e}article{border-left:4px solid #b3261e;padding:.1rem 1rem;margin:1rem 0}
article.minor{border-color:#8a6100}article.info{border-color:#777}
@media(prefers-color-scheme:dark){body{background:#14171b;color:#e6e8eb}svg .faint,.packets{fill:#9aa4af;color:#9aa4af}.wrong,tr.wrong td,svg .again{color:#ff8a80}td,th{border-color:#30363d}}`;

/** Calls that are drawn; a page of thousands would help nobody. */
const mostCalls = 50;

/** One self-contained page: findings, the ladder of each call, its streams drawn over time. Nothing in it runs or is fetched. */
export function storyPage(title: string, story: CaptureStory, findings: readonly Finding[]): string {
  const troubled = (each: DialogueStory) => each.remarks.some(({ wrong }) => wrong);
  const calls = [...story.calls.filter(troubled), ...story.calls.filter((each) => !troubled(each))].slice(
    0,
    mostCalls,
  );
  const others = [...story.registrations, ...story.others].slice(0, mostCalls);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Offhook: ${html(title)}</title><style>${style}</style>
<h1>${html(title)}</h1><p>${html(captureSentence(story))}</p>${captureLimits(story.facts)
    .map((each) => `<p>${html(each)}</p>`)
    .join("")}
${findings.map(article).join("\n")}
${calls.map((each) => call(each, story.streams)).join("\n")}
${others.map((each) => call(each, [])).join("\n")}
${story.streams.length === 0 ? "" : `<h2>RTP streams</h2>${timeline(story)}${table(story.streams)}`}
</html>
`;
}

function article({ cause, severity, subject, sentence, remedy, rule, because }: Finding): string {
  const proof = [...new Set(because.map(({ evidence }) => evidence ?? ""))].filter((each) => each !== "");
  return `<article class="${severity}"><b>${html(cause)}</b> ${html(subject)} (rule ${html(rule)})<p>${html(sentence)}</p><p>${html(remedy)}</p><p class="packets">${html(proof.join("; "))}</p></article>`;
}

function remarks(list: readonly Remark[]): string {
  if (list.length === 0) return "";
  const item = ({ sentence, packets, wrong }: Remark) =>
    `<li${wrong ? ' class="wrong"' : ""}>${html(sentence)}${packets.length === 0 ? "" : ` <span class="packets">${packetsText(packets)}</span>`}</li>`;
  return `<ul>${list.map(item).join("")}</ul>`;
}

function call(
  { dialogue, course, remarks: list }: DialogueStory,
  streams: readonly ExplainedStream[],
): string {
  const own = streams
    .filter((stream) => stream.call === dialogue.index)
    .flatMap((stream) =>
      stream.remarks.map((each) => ({
        ...each,
        sentence: `${stream.source} → ${stream.destination}: ${each.sentence}`,
      })),
    );
  const kind = dialogue.method === "INVITE" ? `Call ${dialogue.index}` : dialogue.method;
  const outcome = dialogue.method === "INVITE" ? `<p>${html(course.outcome)}.</p>` : "";
  return `<section><h2>${html(kind)}: ${html(dialogue.from)} → ${html(dialogue.to)}, ${clock(dialogue.firstAt)} UTC</h2>${outcome}${remarks([...own, ...list].toSorted((a, b) => Number(b.wrong) - Number(a.wrong)))}<div class="draw">${ladder(dialogue)}</div></section>`;
}

/** Pixels; `letter` is the width of one. */
const size = { lane: 240, left: 190, row: 24, top: 34, letter: 7.3 } as const;

function ladder({ steps, firstAt, unkept }: Dialogue): string {
  const { names, laneOf } = ladderLanes(steps);
  const place = (lane: number) => size.left + lane * size.lane;
  const x = (endpoint: string) => place(laneOf(endpoint));
  const height = size.top + steps.length * size.row + 10;
  const notesAt = place(names.length - 1) + 20;
  const longest = Math.max(16, ...steps.map((step) => noteOf(step).length));
  const width = Math.ceil(notesAt + longest * size.letter);
  const lanes = names.map(
    (name, lane) =>
      `<text x="${place(lane)}" y="14" text-anchor="middle">${html(name)}</text><line class="lane" x1="${place(lane)}" y1="22" x2="${place(lane)}" y2="${height}"/>`,
  );
  const rungs = steps.map((step, index) => rung(step, size.top + index * size.row + 14, x, firstAt, notesAt));
  const more = unkept === 0 ? "" : `<p>… and ${unkept} messages more</p>`;
  return `<svg role="img" aria-label="SIP ladder" width="${width}" height="${height}">${lanes.join("")}${rungs.join("")}</svg>${more}`;
}

const noteOf = ({ repeats, note }: LadderStep) =>
  repeats === undefined ? note : `again (${repeats}) ${note}`;

/** What fits over an arrow from lane to lane. */
const shortened = (label: string) => {
  const most = Math.floor((size.lane - 24) / size.letter);
  return label.length <= most ? label : `${label.slice(0, most - 1)}…`;
};

function rung(
  step: LadderStep,
  y: number,
  x: (host: string) => number,
  firstAt: number,
  notesAt: number,
): string {
  const [from, to] = [x(step.source), x(step.destination)];
  const head = to >= from ? -7 : 7;
  return `<g${step.repeats === undefined ? "" : ' class="again"'}><title>${html(step.label)}</title><text class="faint" x="0" y="${y}">${((step.at - firstAt) / 1000).toFixed(3)} s  #${step.number}</text><line x1="${from}" y1="${y}" x2="${to}" y2="${y}"/><path d="M${to + head} ${y - 4}L${to} ${y}L${to + head} ${y + 4}"/><text x="${(from + to) / 2}" y="${y - 4}" text-anchor="middle">${html(shortened(step.label))}</text><text class="faint" x="${notesAt}" y="${y}">${html(noteOf(step))}</text></g>`;
}

/** Each stream as a bar over the time of the capture; red by its loss. */
function timeline({ facts, streams }: CaptureStory): string {
  const shown = streams.slice(0, 100);
  const span = Math.max(1, facts.lastAt - facts.firstAt);
  const x = (at: number) => ((at - facts.firstAt) / span) * 600;
  const bars = shown.map((stream, index) => {
    const y = index * 20;
    const hue = Math.max(0, 120 - stream.lossPercent * 24);
    const from = x(stream.firstAt);
    return `<rect x="${from.toFixed(1)}" y="${y + 3}" width="${Math.max(2, x(stream.lastAt) - from).toFixed(1)}" height="12" style="fill:hsl(${hue.toFixed(0)} 60% 45%)"/><text x="610" y="${y + 13}">${html(`${stream.source} → ${stream.destination}  ${stream.codec}  ${stream.lossPercent.toFixed(1)} % lost`)}</text>`;
  });
  return `<div class="draw"><svg role="img" aria-label="RTP streams over time" width="1200" height="${shown.length * 20 + 5}">${bars.join("")}</svg></div>`;
}

function table(streams: readonly ExplainedStream[]): string {
  const row = (cells: readonly string[], tag: "td" | "th", wrong = false) =>
    `<tr${wrong ? ' class="wrong"' : ""}>${cells.map((cell) => `<${tag}>${html(cell)}</${tag}>`).join("")}</tr>`;
  return `<div class="draw"><table>${row(streamHeads, "th")}${streams
    .slice(0, 500)
    .map((each) =>
      row(
        streamCells(each),
        "td",
        each.remarks.some(({ wrong }) => wrong),
      ),
    )
    .join("")}</table></div>`;
}
