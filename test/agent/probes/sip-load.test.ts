import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemIo } from "../../../agent/io/system-io.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { probes } from "../../../agent/probes/list.ts";
import { sipLoad } from "../../../agent/probes/sip-load.ts";
import { diagnose } from "../../../diagnosis/diagnose.ts";
import { thresholdsFrom } from "../../../diagnosis/thresholds.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { headerValue } from "../../../protocol/sip/message.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";

/** The code for the n-th request that is heard, from 1; undefined: it is dropped. */
type Answer = (n: number) => number | undefined;

/** Ten requests come before the load. */
const before = 10;

async function startResponder(answer: Answer): Promise<AsyncDisposable & { readonly target: string }> {
  const socket = await openUdp({ localAddress: "127.0.0.1" });
  let heard = 0;
  socket.listen(
    ({ bytes, address, port }) => {
      heard += 1;
      const code = answer(heard);
      const read = decodeSip(bytes);
      assert.ok(read.ok && read.value.message.kind === "request");
      if (code === undefined) return;
      const response = buildResponse(read.value.message, { address, port }, { code, toTag: `t${heard}` });
      void socket.send(encodeSip(response), port, address);
    },
    () => {},
  );
  return {
    target: `127.0.0.1:${socket.localPort}`,
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

interface Seen {
  readonly observations: readonly Observation[];
  readonly value: (key: ObservationKey) => Observation["value"] | undefined;
  readonly number: (key: ObservationKey) => number;
  readonly rules: readonly string[];
  readonly shown: string;
  readonly kept: readonly string[];
}

async function load(
  target: string,
  settings: { readonly rate: number; readonly for: number },
  stop = new AbortController(),
  onLine: () => void = () => {},
): Promise<Seen> {
  const kept: string[] = [];
  const say = (line: string, keep?: "kept") => {
    if (keep === undefined) return;
    kept.push(line);
    onLine();
  };
  const observations = await sipLoad.run(target, settings, { ...systemIo(), say }, stop.signal);
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  return {
    observations,
    kept,
    value: (key) => find(key)?.value,
    number: (key) => Number(find(key)?.value),
    rules: diagnose(observations, thresholdsFrom({}).thresholds, Date.now()).map(({ rule }) => rule),
    shown: (sipLoad.show?.(observations) ?? []).join("\n"),
  };
}

describe("sip-load", { concurrency: true }, () => {
  it("counts what a server that bears it answers, with a line for each second, and finds nothing", async () => {
    await using server = await startResponder(() => 200);
    const seen = await load(server.target, { rate: 100, for: 2 });
    assert.equal(seen.number("sip.load.answered"), seen.number("sip.load.sent"));
    assert.equal(seen.number("sip.load.loss"), 0);
    assert.deepEqual(seen.value("sip.load.codes"), [`${seen.number("sip.load.sent")} × 200 OK`]);
    assert.ok(seen.number("sip.load.rtt.p50") <= seen.number("sip.load.rtt.max"));
    assert.equal(seen.value("sip.load.lossFrom"), undefined);
    assert.match(seen.kept[0] ?? "", /^second 1: \d+ asked, \d+ answered, \d+ waiting$/);
    assert.match(seen.shown, /nothing was lost at this rate/);
    assert.deepEqual(seen.rules, []);
  });

  it("tells losses of a server that drops what is above its rate, and when they began", async () => {
    // The first second's are answered; then every third is, repeats too.
    await using server = await startResponder((n) => (n < before + 150 || n % 3 === 0 ? 200 : undefined));
    const seen = await load(server.target, { rate: 100, for: 3 });
    const [sent, answered] = [seen.number("sip.load.sent"), seen.number("sip.load.answered")];
    assert.equal(sent, answered + seen.number("sip.load.lost"));
    assert.ok(seen.number("sip.load.repeated") > 0 && seen.number("sip.load.loss") > 10);
    assert.ok(seen.number("sip.load.lossFrom") >= 2);
    assert.equal(seen.value("sip.load.silentFrom"), undefined);
    assert.deepEqual(seen.rules, ["N17"]);
  });

  it("ends early at a guard that answers nothing more, and says so", async () => {
    await using server = await startResponder((n) => (n < before + 80 ? 200 : undefined));
    const seen = await load(server.target, { rate: 100, for: 30 });
    assert.ok(seen.number("sip.load.sent") < 3000);
    assert.ok(seen.number("sip.load.silentFrom") >= 2);
    assert.match(seen.shown, /nothing was answered for 3 s/);
    assert.deepEqual(seen.rules, ["N16"]);
  });

  it("tells a server that refuses a part with 503", async () => {
    await using server = await startResponder((n) => (n > before && n % 2 === 0 ? 503 : 200));
    const seen = await load(server.target, { rate: 100, for: 1 });
    assert.ok(seen.number("sip.load.busy") > 40);
    assert.equal(seen.number("sip.load.loss"), 0);
    assert.match(seen.shown, /\d+ × 503 Service Unavailable/);
    assert.deepEqual(seen.rules, ["N18"]);
  });

  it("takes answers that come twice for late ones, not for lost ones", async () => {
    const socket = await openUdp({ localAddress: "127.0.0.1" });
    const came = new Set<string>();
    let heard = 0;
    socket.listen(
      ({ bytes, address, port }) => {
        const read = decodeSip(bytes);
        assert.ok(read.ok && read.value.message.kind === "request");
        const request = read.value.message;
        const response = buildResponse(request, { address, port }, { code: 200, toTag: "t" });
        const answer = () => void socket.send(encodeSip(response), port, address);
        heard += 1;
        if (heard <= before) return answer();
        // Held back until it comes again; then both are answered.
        const id = headerValue(request, "Call-ID") ?? "";
        if (came.has(id)) [1, 2].forEach(answer);
        came.add(id);
      },
      () => {},
    );
    await using server = socket;
    const seen = await load(`127.0.0.1:${server.localPort}`, { rate: 10, for: 1 });
    assert.equal(seen.number("sip.load.repeated"), seen.number("sip.load.sent"));
    assert.ok(seen.number("sip.load.late") >= seen.number("sip.load.sent") - 1);
    assert.equal(seen.number("sip.load.lost"), 0);
  });

  it("ends at once where ICMP refuses, before any load", async () => {
    const gone = await openUdp({ localAddress: "127.0.0.1" });
    await gone[Symbol.asyncDispose]();
    const seen = await load(`127.0.0.1:${gone.localPort}`, { rate: 2000, for: 30 });
    assert.equal(seen.value("sip.icmp"), "port-unreachable");
    assert.equal(seen.value("sip.load.sent"), undefined);
    assert.match(seen.shown, /refused: after .* ECONNREFUSED/);
    assert.deepEqual(seen.rules, ["N1"]);
  });

  it("puts no load on a server that answers nothing", async () => {
    let heard = 0;
    await using server = await startResponder(() => {
      heard += 1;
      return undefined;
    });
    const seen = await load(server.target, { rate: 2000, for: 30 });
    assert.equal(seen.observations.find(({ key }) => key === "sip.code")?.outcome, "timeout");
    assert.ok(heard <= 3 * (before + 1));
  });

  it("ends by its signal, and tells what was seen until then", { timeout: 20_000 }, async () => {
    await using server = await startResponder(() => 200);
    const stop = new AbortController();
    const seen = await load(server.target, { rate: 50, for: 30 }, stop, () => stop.abort());
    assert.equal(seen.kept.length, 1);
    assert.ok(seen.number("sip.load.answered") > 0);
    assert.match(seen.shown, /ended by you/);
  });

  it("is on no schedule", () => {
    assert.ok(!probes.some(({ name }) => name === sipLoad.name));
  });
});
