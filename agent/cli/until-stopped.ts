/** Resolves when the person or the system wants the process to end. */
export async function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  // A timer holds the process; the listeners of a server would too, but a signal handler alone does not.
  const holding = setInterval(() => {}, 60_000);
  await new Promise((resolve) => {
    signal.addEventListener("abort", resolve, { once: true });
  });
  clearInterval(holding);
}
