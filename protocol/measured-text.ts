const sizes = ["kB", "MB", "GB", "TB"] as const;
/** Up to here the whole number is read at a glance. */
const fewBytes = 10_000;
const longSeconds = 7200;

/**
 * A value with its unit as people read it: `23.8 GB`, `3 d 4 h`, `6.3 W`; numbers to the third figure where a larger unit
 * stands for them. Programs get the value as it is.
 *
 * @param unit the observation's; `n` is a count and has no word.
 */
export function measuredText(value: number | string, unit: string | undefined): string {
  if (unit === undefined || unit === "n") return String(value);
  if (typeof value === "number" && unit === "bytes" && Math.abs(value) >= fewBytes) return sizeText(value);
  if (typeof value === "number" && unit === "s" && Math.abs(value) >= longSeconds) return spanText(value);
  return `${value} ${unit}`;
}

/** Powers of 1000, as disks and networks are sold. */
function sizeText(bytes: number): string {
  let [shown, step] = [bytes / 1000, 0];
  while (Math.abs(Number(shown.toPrecision(3))) >= 1000 && step < sizes.length - 1)
    [shown, step] = [shown / 1000, step + 1];
  return `${Number(shown.toPrecision(3))} ${sizes[step] ?? ""}`;
}

function spanText(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const sign = seconds < 0 ? "-" : "";
  return days > 0 ? `${sign}${days} d ${hours} h` : `${sign}${hours} h ${minutes % 60} min`;
}
