import { useEffect, useRef } from "preact/hooks";
import type { Chart } from "../../charts.ts";
import { useDark } from "./theme.ts";

/** A small line over time; uPlot is loaded only where there is one to draw. */
export function ChartFigure({ chart }: { readonly chart: Chart }) {
  const ref = useRef<HTMLDivElement>(null);
  const dark = useDark();
  useEffect(() => {
    let gone = false;
    let end = (): void => {};
    void import("./draw-chart.ts").then(({ drawChart }) => {
      if (!gone && ref.current !== null) end = drawChart(ref.current, chart);
    });
    return () => {
      gone = true;
      end();
    };
  }, [chart, dark]);
  const values = chart.points.map((point) => point.value);
  const [least, most, now] = [Math.min(...values), Math.max(...values), values.at(-1) ?? 0].map(short);
  const unit = chart.unit === "" ? "" : ` ${chart.unit}`;
  const summary = least === most ? `${now}${unit}` : `${least} to ${most}${unit}, now ${now}${unit}`;
  return (
    <figure role="img" aria-label={`${chart.title}: ${summary}`}>
      <figcaption>
        {chart.title} <span class="muted">{summary}</span>
      </figcaption>
      <div ref={ref} class="chart" />
    </figure>
  );
}

/** To the third figure: more than that nobody reads off a line. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
