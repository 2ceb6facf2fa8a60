import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Chart } from "../../charts.ts";

const height = 130;
/** So that the highest point is not cut. */
const headroom = 1.05;

/** Draws into the element and keeps its width; the returned function takes the chart away. */
export function drawChart(into: HTMLElement, chart: Chart): () => void {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const plot = new UPlot(
    {
      width: into.clientWidth,
      height,
      cursor: { y: false },
      legend: { show: false },
      scales: {
        y: {
          range: (_plot, least, most) => [
            Math.min(chart.range[0], least),
            Math.max(chart.range[1], most * headroom),
          ],
        },
      },
      axes: [
        { ...axis, size: 28, values: (_plot, times) => times.map(hourAndMinute) },
        { ...axis, size: 40, space: 22, values: (_plot, values) => values.map(String) },
      ],
      series: [{}, { stroke: colour("--accent"), width: 1.5, points: { show: false } }],
    },
    [chart.points.map((point) => point.at / 1000), chart.points.map((point) => point.value)],
    into,
  );
  const watch = new ResizeObserver(() => plot.setSize({ width: into.clientWidth, height }));
  watch.observe(into);
  return () => {
    watch.disconnect();
    plot.destroy();
  };
}

function hourAndMinute(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}
