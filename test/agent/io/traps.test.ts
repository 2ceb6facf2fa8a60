import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { receiveTraps, type Trap, type TrapReceiver } from "../../../agent/io/traps.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { informV2, openTrapSender, trapV1, trapV2 } from "../../fakes/switch/trap-sender.ts";
import { HandClock } from "../schedule/hand-clock.ts";

const portOnOff = "1.3.6.1.2.1.105.0.1";

/** A receiver whose news can be awaited. */
async function receiver(watched: readonly string[] = ["127.0.0.1"]) {
  const clock = new HandClock();
  const traps: Trap[] = [];
  const inner = await receiveTraps({
    openUdp,
    clock,
    address: "127.0.0.1",
    port: 0,
    watched: (address) => watched.includes(address),
    onTrap: (trap) => traps.push(trap),
  });
  const until = async (what: (counts: TrapReceiver["counts"]) => boolean) => {
    while (!what(inner.counts)) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    clock,
    traps,
    inner,
    until,
    port: inner.port,
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

describe("receiveTraps()", { timeout: 20_000 }, () => {
  it("takes v1 and v2c traps of a watched switch", async () => {
    await using to = await receiver();
    await using from = await openTrapSender();
    await from.send(trapV2(portOnOff, 1), to.port);
    await from.send(trapV1("1.3.6.1.4.1.9.9.402", 6, 1), to.port);
    await from.send(trapV1("1.3.6.1.4.1.9.1.1", 0, 0), to.port);
    await to.until(({ taken }) => taken === 3);
    assert.deepEqual(to.traps, [
      { source: "127.0.0.1", kind: "power", oid: portOnOff },
      { source: "127.0.0.1", kind: "power", oid: "1.3.6.1.4.1.9.9.402.0.1" },
      { source: "127.0.0.1", kind: "restart", oid: "1.3.6.1.6.3.1.1.5.1" },
    ]);
  });

  it("counts and forgets what another address sends, and never answers it", async () => {
    await using to = await receiver(["192.0.2.1"]);
    await using from = await openTrapSender();
    await from.send(informV2(portOnOff, 1), to.port);
    await from.send(trapV2(portOnOff, 2), to.port);
    await to.until(({ foreign }) => foreign === 2);
    assert.deepEqual(to.traps, []);
    assert.deepEqual(from.answers, []);
  });

  it("answers an inform each time, and takes it once", async () => {
    await using to = await receiver();
    await using from = await openTrapSender();
    for (let i = 0; i < 2; i++) {
      const answer = from.answer();
      await from.send(informV2(portOnOff, 5), to.port);
      assert.equal((await answer).includes(0xa2), true);
    }
    await to.until(({ repeated }) => repeated === 1);
    assert.equal(to.traps.length, 1);
  });

  it("drops copies of a datagram, padded ones too, and takes it again later", async () => {
    await using to = await receiver();
    await using from = await openTrapSender();
    const trap = trapV1("1.3.6.1.4.1.9.1.1", 3, 0);
    await from.send(trap, to.port);
    await from.send(Buffer.concat([trap, Buffer.from([0, 0])]), to.port);
    await to.until(({ repeated }) => repeated === 1);
    // A switch whose clock stands still writes the same trap for the next event.
    await to.clock.pass(6000);
    await from.send(trap, to.port);
    await to.until(({ taken }) => taken === 2);
  });

  it("counts garbage and what concerns no port, and goes on", async () => {
    await using to = await receiver();
    await using from = await openTrapSender();
    await from.send(Buffer.from("hello"), to.port);
    await from.send(Buffer.alloc(0), to.port);
    await from.send(Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), to.port);
    await from.send(trapV2("1.3.6.1.6.3.1.1.5.5", 3), to.port);
    await from.send(trapV2(portOnOff, 4), to.port);
    await to.until(({ taken }) => taken === 1);
    assert.deepEqual({ ...to.inner.counts }, { taken: 1, idle: 1, foreign: 0, repeated: 0, garbled: 3 });
  });
});
