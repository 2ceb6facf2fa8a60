import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { SerialPort } from "serialport";
import {
  openSerial,
  SerialError,
  serialError,
  serialOpener,
  type SerialLink,
} from "../../../../agent/io/serial/serial.ts";
import { listSerialPorts } from "../../../../agent/io/serial/serial-ports.ts";
import { openPty, type Pty } from "../../../fakes/pty.ts";

// The traps of serialport 13, each walked around. The numbers are those of the list they were found in.

function ptyFor(t: TestContext): Pty & { unplug(): void } {
  const pty = openPty();
  let open = true;
  const unplug = () => {
    if (open) pty.close();
    open = false;
  };
  t.after(unplug);
  return { ...pty, unplug };
}

const open = (path: string) => openSerial({ path, baudRate: 9600 });
const codeOf = async (opening: Promise<SerialLink>) => {
  const error: unknown = await opening.then(
    () => assert.fail("it opened"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SerialError);
  return error;
};

/** What a listener has heard, and a wait for it. */
function ear(link: SerialLink) {
  const heard: number[] = [];
  let wake = () => {};
  const closed = Promise.withResolvers<SerialError>();
  link.listen(
    (bytes) => {
      heard.push(...bytes);
      wake();
    },
    (problem) => closed.resolve(problem),
  );
  return {
    closed: closed.promise,
    text: () => Buffer.from(heard).toString("latin1"),
    async until(length: number): Promise<string> {
      while (heard.length < length) await new Promise<void>((resolve) => (wake = resolve));
      return Buffer.from(heard).toString("latin1");
    },
  };
}

/** What the device on the pty hears. */
function deviceEar(pty: Pty) {
  const heard: number[] = [];
  let wake = () => {};
  pty.onBytes((bytes) => {
    heard.push(...bytes);
    wake();
  });
  return async (length: number) => {
    while (heard.length < length) await new Promise<void>((resolve) => (wake = resolve));
    return Buffer.from(heard).toString("latin1");
  };
}

describe("openSerial()", () => {
  it("trap 1: notices an unplug although nobody listens yet", async (t) => {
    const pty = ptyFor(t);
    await using link = await open(pty.path);
    pty.unplug();
    // No listener was there when it happened; whoever comes later is told.
    await assert.rejects(async () => {
      for (;;) {
        await link.write(Uint8Array.of(0));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }, SerialError);
    const { closed } = ear(link);
    assert.equal((await closed).code, "port-unplugged");
  });

  it("trap 2: a write to a closed port fails and is not sent at the next opening", async (t) => {
    const pty = ptyFor(t);
    const hears = deviceEar(pty);
    const first = await open(pty.path);
    await first[Symbol.asyncDispose]();
    await assert.rejects(first.write(Buffer.from("stale")), { code: "port-unplugged" });
    await using second = await open(pty.path);
    await second.write(Buffer.from("fresh"));
    assert.equal(await hears(5), "fresh");
  });

  it("trap 3: a port that saw a write fail is no zombie that keeps the lock", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "offhook-serial-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "meter");
    const gone = ptyFor(t);
    symlinkSync(gone.path, path);
    const old = await open(path);
    const { closed } = ear(old);
    gone.unplug();
    await old.write(Uint8Array.of(1)).catch(() => {});
    assert.equal((await closed).code, "port-unplugged");
    await old[Symbol.asyncDispose]();
    unlinkSync(path);
    const back = ptyFor(t);
    symlinkSync(back.path, path);
    await using fresh = await open(path);
    const heard = ear(fresh);
    back.write(Buffer.from("hello"));
    assert.equal(await heard.until(5), "hello");
  });

  it("trap 4: disposing frees the port at once, five times in a row, also by an error in the middle", async (t) => {
    const pty = ptyFor(t);
    for (let times = 0; times < 5; times += 1) {
      await assert.rejects(async () => {
        await using link = await open(pty.path);
        ear(link);
        throw new Error("a decoder's bug");
      }, /a decoder's bug/);
    }
    await using link = await open(pty.path);
    assert.ok(link);
  });

  it("traps 5, 7, 8: octets come as they are: CR alone, B0 and NUL, and nothing is glued", async (t) => {
    const pty = ptyFor(t);
    await using link = await open(pty.path);
    const heard = ear(link);
    pty.write(Buffer.from("one\rtwo\rthree\r25\xb0C\0", "latin1"));
    assert.equal(await heard.until(19), "one\rtwo\rthree\r25\xb0C\0");
  });

  it("trap 9: a port that is given up while it opens is closed when it has opened", async (t) => {
    const pty = ptyFor(t);
    const opening = open(pty.path);
    const link = await opening;
    await link[Symbol.asyncDispose]();
    await using again = await open(pty.path);
    assert.ok(again);
  });

  it("trap 10: both modem lines are set together, before anybody listens", async (t) => {
    const pty = ptyFor(t);
    const set: unknown[] = [];
    const opener = serialOpener((options) => {
      const port = new SerialPort(options);
      const real = port.set.bind(port);
      port.set = (lines, callback) => {
        set.push(lines);
        real(lines, callback);
      };
      return port;
    });
    await using link = await opener({ path: pty.path, baudRate: 9600, lines: { dtr: true, rts: false } });
    assert.deepEqual(set, [{ dtr: true, rts: false, cts: false, brk: false }]);
    await link.setLines({ dtr: false, rts: true });
    assert.deepEqual(set.at(-1), { dtr: false, rts: true, cts: false, brk: false });
  });

  it("trap 12: a second opening of ours is refused, and says that another program may hold it", async (t) => {
    const pty = ptyFor(t);
    await using held = await open(pty.path);
    ear(held);
    const error = await codeOf(open(pty.path));
    assert.equal(error.code, "port-in-use");
    assert.match(error.advice, /another program/);
  });

  it("trap 13: a process that has disposed of its port ends by itself", async (t) => {
    const pty = ptyFor(t);
    const serial = new URL("../../../../agent/io/serial/serial.ts", import.meta.url).href;
    const program = `import { openSerial } from ${JSON.stringify(serial)};
      { await using link = await openSerial({ path: ${JSON.stringify(pty.path)}, baudRate: 9600 }); link.listen(() => {}, () => {}); }
      console.log("done");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill());
    const [code] = (await once(child, "exit")) as [number | null];
    assert.equal(code, 0);
  });

  it("holds what comes before the first listener, and no more than a little of it", async (t) => {
    const pty = ptyFor(t);
    await using link = await open(pty.path);
    // In pieces: the device and the agent are one process here, and a full line would stop both.
    for (let times = 0; times < 20; times += 1) {
      pty.write(Buffer.alloc(500, 0x41));
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    pty.write(Buffer.from("END"));
    const heard = ear(link);
    await heard.until(3);
    assert.ok(heard.text().length <= 5000, `${heard.text().length} octets`);
  });

  it("trap 16: an unplug at the very moment of a read is told once, as what it is", async (t) => {
    const pty = ptyFor(t);
    await using link = await open(pty.path);
    const heard = ear(link);
    pty.write(Buffer.from("half"));
    await heard.until(4);
    pty.unplug();
    assert.equal((await heard.closed).code, "port-unplugged");
    await assert.rejects(link.write(Uint8Array.of(1)), SerialError);
  });

  it("bad settings are refused before the port is touched", async (t) => {
    const pty = ptyFor(t);
    for (const baudRate of [0, -1, 1.5, 1e9, Number.NaN])
      assert.equal(
        (await codeOf(openSerial({ path: pty.path, baudRate }))).code,
        "bad-settings",
        String(baudRate),
      );
    assert.equal((await codeOf(openSerial({ path: "", baudRate: 9600 }))).code, "bad-settings");
  });

  it("missing, dangling, no port at all: each its own word and advice", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "offhook-serial-"));
    t.after(() => rmSync(folder, { recursive: true }));
    symlinkSync("/dev/ttyNONE99", join(folder, "dangling"));
    writeFileSync(join(folder, "file"), "");
    assert.equal((await codeOf(open("/dev/ttyNONE99"))).code, "port-missing");
    assert.equal((await codeOf(open(join(folder, "dangling")))).code, "port-missing");
    assert.equal((await codeOf(open(join(folder, "file")))).code, "not-a-port");
    assert.equal((await codeOf(open(folder))).code, "not-a-port");
    assert.match((await codeOf(open("/dev/ttyNONE99"))).advice, /by-id/);
  });

  it(
    "no permission names the group to join",
    { skip: process.getuid?.() === 0 ? "root may open everything" : false },
    async (t) => {
      const pty = ptyFor(t);
      chmodSync(pty.path, 0o000);
      const error = await codeOf(open(pty.path));
      assert.equal(error.code, "port-permission");
      assert.match(error.advice, /add this user to the group/);
    },
  );
});

describe("serialError()", () => {
  const shapes: readonly (readonly [string, string])[] = [
    ["Error: No such file or directory, cannot open /dev/ttyUSB99", "port-missing"],
    ["Error: Permission denied, cannot open /dev/ttyUSB0", "port-permission"],
    ["Error Resource temporarily unavailable Cannot lock port", "port-in-use"],
    ["Error: Device or resource busy, cannot open /dev/pts/0", "port-in-use"],
    ["Error: Inappropriate ioctl for device setting custom baud rate of 9600", "not-a-port"],
    ["Error: Is a directory, cannot open /tmp", "not-a-port"],
    ["Invalid parity setting 2", "bad-settings"],
    ["Invalid stop bits setting 2", "bad-settings"],
    ['"baudRate" is not a valid baudRate', "bad-settings"],
    ['"path" is not defined: undefined', "bad-settings"],
    ["bad file descriptor", "port-unplugged"],
    ["EIO: i/o error, write", "port-unplugged"],
    ["Port is not open", "port-unplugged"],
    ["Cannot call write after a stream was destroyed", "port-unplugged"],
    ["something new", "port-failed"],
  ];
  for (const [text, code] of shapes) {
    it(`knows "${text}"`, () => {
      const error = serialError(new Error(text));
      assert.equal(error.code, code);
      assert.equal(error.message, text);
      assert.notEqual(error.advice, "");
    });
  }
});

describe("listSerialPorts()", () => {
  it("finds ports by their stable names without udevadm, and names cables that are none", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "offhook-ports-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const pty = ptyFor(t);
    const byId = mkdtempSync(join(folder, "by-id-"));
    symlinkSync(pty.path, join(byId, "usb-FTDI_FT232R-if00-port0"));
    const usb = mkdtempSync(join(folder, "usb-"));
    const device = mkdtempSync(join(usb, "1-1-"));
    writeFileSync(join(device, "idVendor"), "1A86\n");
    writeFileSync(join(device, "idProduct"), "e429\n");
    const found = await listSerialPorts({ byId, usb });
    const [port] = found.ports.filter(({ path }) => path === pty.path);
    assert.equal(port?.stable, join(byId, "usb-FTDI_FT232R-if00-port0"));
    assert.equal(port.usb, true);
    assert.match(found.hidCables.join(), /CH9329/);
  });

  it("a machine without any of it has no ports, and no error", async () => {
    const found = await listSerialPorts({ byId: "/nowhere", usb: "/nowhere" });
    assert.deepEqual(found.hidCables, []);
  });
});
