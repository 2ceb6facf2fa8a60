import assert from "node:assert/strict";
import { test } from "node:test";
import { openEvidence } from "../../agent/capture/keep-evidence.ts";
import { systemIo } from "../../agent/io/system-io.ts";
import { rangeSkip } from "./network.ts";

test(
  "openEvidence(): a full disk in the middle of a look is told by close(), and ends nothing before",
  { skip: rangeSkip(), timeout: 30_000 },
  async () => {
    const io = systemIo();
    const keeper = await openEvidence();
    assert.equal(keeper.noCapture, undefined);
    const look = keeper.keep("/dev/full", io);
    await using socket = await look.io.openUdp({ localAddress: "127.0.0.1" });
    look.touch("127.0.0.1", socket.localPort);
    const before = look.count;
    const payload = new Uint8Array(8192);
    // More than is gathered before it is written.
    for (let sent = 0; sent < 20; sent += 1) await socket.send(payload, socket.localPort, "127.0.0.1");
    // Until the capture has failed: it counts no more. Nobody waits for it yet.
    let counted = before;
    do {
      counted = look.count;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (look.count === before || look.count > counted);
    await assert.rejects(keeper.close(), /ENOSPC/);
  },
);
