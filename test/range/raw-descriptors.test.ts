import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { IcmpListener } from "../../agent/io/udp/icmp.ts";
import { openLink } from "../../agent/io/udp/link-socket.ts";

const closeOnExec = 0o2000000;

/** Sockets of this process by inode, and whether a program that it starts gets them too. */
function inherited(): Map<string, boolean> {
  const sockets = new Map<string, boolean>();
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      const name = readlinkSync(`/proc/self/fd/${fd}`);
      const flags = /flags:\s*(\d+)/u.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
      if (name.startsWith("socket:")) sockets.set(name, (Number.parseInt(flags, 8) & closeOnExec) === 0);
    } catch {
      // The descriptor of the listing itself.
    }
  }
  return sockets;
}

function openedBy(open: () => Disposable): boolean[] {
  const before = inherited();
  using _ = open();
  return [...inherited()].flatMap(([name, inherits]) => (before.has(name) ? [] : [inherits]));
}

const listener = IcmpListener.open();
listener?.[Symbol.dispose]();
const skip = listener === undefined ? "no right to raw sockets" : false;

test("IcmpListener is not inherited by the tools that we start", { skip }, () => {
  const open = () => IcmpListener.open() ?? assert.fail("no right");
  assert.deepEqual(openedBy(open), [false]);
});

test("a link of openLink() is not inherited by the tools that we start", { skip }, (t) => {
  const card = Object.keys(networkInterfaces()).find((name) => {
    const opened = openLink(name, "arp");
    if (opened.ok) opened.link[Symbol.dispose]();
    return opened.ok;
  });
  if (card === undefined) return t.skip("no Ethernet card");
  const open = () => {
    const opened = openLink(card, "arp");
    return opened.ok ? opened.link : assert.fail(opened.why);
  };
  assert.deepEqual(openedBy(open), [false]);
});
