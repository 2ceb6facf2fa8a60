import type { AddressInfo } from "node:net";
import { countAnswer } from "../count-answer.ts";
import type { Certificates } from "../doors/certificates.ts";
import type { DoorOptions } from "../doors/door.ts";
import { buildHttpsDoor } from "../doors/https-door.ts";
import { buildTftpDoor, type TftpDoor } from "../doors/tftp-door.ts";
import type { StoreDirectory } from "../inventory/directory.ts";
import { closeHttpDoor } from "./closing.ts";
import { cachedAnswers } from "./cached-answers.ts";
import { shutOut } from "./shut-out.ts";
import type { ListedNetworks } from "./listed-networks.ts";
import type { ServerParts } from "./parts.ts";
import { passwordChallenge, phoneTls, watchPhoneTls } from "./phone-tls.ts";

/** How every door answers and records. What phones are told depends on the HTTPS door's port, so the directory may come later. */
export function doorOptions(parts: ServerParts, directory: Promise<StoreDirectory>): DoorOptions {
  const { recorder, metrics, log, guard, crash } = parts;
  const { answer: answerCached, isStale } = cachedAnswers(parts, directory);
  return {
    answer: guard.around(answerCached),
    record: (request, answer, sent) => {
      recorder.record(request, answer, sent);
      if (answer.outcome === "unknown-device" && answer.malformed === true) guard.malformed(request);
      countAnswer(metrics, request, answer, sent);
      const { outcome, identity } = answer;
      // Keys in the order of the log's contract: a filter reads them by place.
      log.info({
        event: "answer",
        door: request.via,
        outcome,
        status: sent.status,
        kind: identity.file,
        ...(identity.vendor === undefined ? {} : { vendor: identity.vendor }),
        ...(identity.mac === undefined ? {} : { mac: identity.mac }),
        ip: request.address,
        ms: Math.round(sent.ms),
        bytes: sent.bytes,
        req: request.id,
        ...(isStale() ? { stale: true } : {}),
      });
    },
    crash,
  };
}

/** Connections that wait to be taken: Node's 511 are fewer than phones that boot at once, and the rest would wait a second. */
const stormBacklog = 4096;

/** Opens the phones' HTTPS door; its port. */
export async function openPhones(
  parts: ServerParts,
  door: DoorOptions,
  certificates: Certificates,
): Promise<number> {
  const { config, recorder, guard, closing } = parts;
  const tls = await phoneTls(parts, certificates);
  const challenge = passwordChallenge(parts, tls.ticketSecret);
  const https = buildHttpsDoor({
    ...door,
    ...tls,
    ...(challenge === undefined ? {} : { challenge }),
    recordTlsError: ({ at, address, reason }) => recorder.tlsError(at, "https", address, reason),
  });
  shutOut(https, guard, "https");
  closing.pushDoor(async () => {
    guard.close(); // who is kept waiting is let go first: a door closes when its last answer is out
    await closeHttpDoor(https);
  });
  watchPhoneTls(parts, https, tls);
  await https.listen({ host: config.phones.host, port: config.phones.port, backlog: stormBacklog });
  return (https.server.address() as AddressInfo).port;
}

/** Opens the TFTP door; its port. */
export async function openTftp(
  parts: ServerParts,
  door: DoorOptions,
  listed: ListedNetworks,
): Promise<number | undefined> {
  const { config, guard, closing, metrics, registry } = parts;
  const { host, port, singlePort } = config.tftp;
  const tftp: TftpDoor = buildTftpDoor({
    ...door,
    listed: (address) => listed.has(address) && !guard.shutsOut(address, "tftp"),
    singlePort,
    counts: {
      retransmitted: (datagrams) => metrics.tftpRetransmissions.add({}, datagrams),
      malformed: (reason) => metrics.tftpMalformed.add({ reason }),
    },
  });
  registry.onCollect(() => metrics.tftpActive.set(tftp.active));
  closing.pushDoor(async () => {
    guard.close();
    await tftp.close();
  });
  return (await tftp.listen({ host, port })).port;
}
