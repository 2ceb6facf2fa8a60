import type { ServerParts } from "./parts.ts";

/** How often files are looked at: a program that renews certificates need not know of us. */
const lookEvery = 10_000;

/** Looks every ten seconds and at SIGHUP, until the server ends. */
export function lookAgain(
  { closing, crash }: Pick<ServerParts, "closing" | "crash">,
  look: () => Promise<void>,
): void {
  closing.every(lookEvery, look);
  const onHangUp = (): void => {
    look().catch(crash);
  };
  process.on("SIGHUP", onHangUp);
  closing.push(async () => void process.off("SIGHUP", onHangUp));
}
