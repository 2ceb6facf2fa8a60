import { useEffect, useRef } from "preact/hooks";
import type { Chart } from "../../pages.ts";
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
  const summary = `${Math.min(...values)} to ${Math.max(...values)} ${chart.unit}, now ${values.at(-1)} ${chart.unit}`;
  return (
    <figure role="img" aria-label={`${chart.title}: ${summary}`}>
      <figcaption>
        {chart.title} <span class="muted">{summary}</span>
      </figcaption>
      <div ref={ref} class="chart" />
    </figure>
  );
}
