import type { AddressInfo } from "node:net";
import {
  buildLegacyDoor,
  type LegacyCertificate,
  type LegacyDoorOptions,
  renewLegacy,
} from "./legacy-door.ts";
import type { TlsFailure } from "./tls-failure.ts";

// A process of its own, started by start/open-legacy.ts, which tells it what to do and hears what came of it.

export interface LegacyOrder extends LegacyDoorOptions {
  readonly host: string;
  readonly port: number;
}
/** A new certificate, for connections to come. */
export interface LegacyRenewal {
  readonly renew: LegacyCertificate;
}
export type LegacyWord =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "tls-failure"; readonly failure: TlsFailure };

const say = (word: LegacyWord): void => {
  process.send?.(word);
};

process.once("message", (order: LegacyOrder) => {
  const server = buildLegacyDoor(order, (failure) => say({ kind: "tls-failure", failure }));
  server.once("error", (error: NodeJS.ErrnoException) => {
    say({ kind: "failed", code: error.code ?? "", message: error.message });
  });
  server.listen(order.port, order.host, () =>
    say({ kind: "listening", port: (server.address() as AddressInfo).port }),
  );
  process.on("message", ({ renew }: LegacyRenewal) => renewLegacy(server, renew));
});
// Without the server it is of no use. The terminal's Ctrl-C reaches both: the server ends this one when it is done.
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
