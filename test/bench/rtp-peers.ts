import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "./bench.ts";
import type { Side } from "./compare.ts";
import { freeUdpPort } from "./free-port.ts";
import { openCallee } from "./rtp-callee.ts";
import { ratesOf, type Ear } from "./rtp-ear.ts";
import { streamScenario } from "./sipp-scenarios.ts";
import { findProgram, startProgram } from "./start-program.ts";

const address = "127.0.0.1";
/** At most so long from the start of a program until all its streams are heard. */
const startMs = 5000;
/** Every stream sends some packets in that time. */
const lookMs = 200;

interface Player {
  readonly command: string;
  readonly words: readonly string[];
}

/** Calls the ear with as many streams, by sipp's rtp_stream playing a file of G.711. */
export function sippPlaying(context: BenchContext, ear: Ear, streams: number): Side {
  return playing(context, ear, streams, "sipp", async (server, ms) => {
    const [scenario, audio] = [join(context.folder, "stream.xml"), join(context.folder, "audio.ulaw")];
    await writeFile(audio, Buffer.alloc(8 * (ms + startMs), 0x55));
    await writeFile(scenario, streamScenario(audio, ms + startMs));
    const calls = ["-m", String(streams), "-l", String(streams), "-r", String(streams)];
    return {
      command: "sipp",
      words: ["-sf", scenario, "-i", address, ...calls, "-nostdin", `${address}:${server}`],
    };
  });
}

/** One call of baresip's that plays a file: more than one it does not play at a time. */
export function baresipPlaying(context: BenchContext, ear: Ear): Side {
  return playing(context, ear, 1, "baresip", async (server, ms) => {
    const folder = join(context.folder, "baresip");
    await mkdir(folder, { recursive: true });
    const audio = join(folder, "audio.wav");
    await writeFile(audio, wavOfSilence(ms + startMs));
    const sources = [`audio_source aufile,${audio}`, "audio_player aubridge,nil", "audio_alert aubridge,nil"];
    const rates = ["ausrc_srate 8000", "auplay_srate 8000", "ausrc_channels 1", "auplay_channels 1"];
    const modules = ["g711", "aufile", "aubridge"].map((name) => `module ${name}.so`);
    const config = [
      `sip_listen ${address}:${await freeUdpPort()}`,
      ...sources,
      ...rates,
      "module_path /usr/lib/baresip/modules",
      ...modules,
      "module_tmp account.so",
      "module_app menu.so",
    ];
    await writeFile(join(folder, "config"), config.map((line) => `${line}\n`).join(""));
    await writeFile(join(folder, "accounts"), `<sip:bench@${address}>;regint=0;audio_codecs=PCMU/8000/1\n`);
    await writeFile(join(folder, "contacts"), "");
    const seconds = Math.ceil((ms + startMs) / 1000);
    const dial = `/dial sip:ear@${address}:${server}`;
    return { command: "baresip", words: ["-f", folder, "-t", String(seconds), "-e", dial] };
  });
}

/** 16-bit samples at 8 kHz, one channel. */
function wavOfSilence(ms: number): Buffer {
  const size = ms * 16;
  const wav = Buffer.alloc(44 + size);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + size, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(16_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(size, 40);
  return wav;
}

function playing(
  { signal }: BenchContext,
  ear: Ear,
  streams: number,
  name: string,
  player: (server: number, ms: number) => Promise<Player>,
): Side {
  let warm = false;
  return {
    name,
    async run(ms) {
      // Nothing to compile: the first run, which does not count, is left out.
      if (!warm) {
        warm = true;
        return { rates: {} };
      }
      await using callee = await openCallee(ear.port);
      const wish = { ...(await player(callee.port, ms)), place: "load" } as const;
      const started = await startProgram({ ...wish, ready: () => Promise.resolve(true) });
      if (!started.ok) throw new Error(started.why);
      await using _program = started.program;
      // What comes while it starts is not counted.
      const until = performance.now() + startMs;
      do {
        if (performance.now() > until) throw new Error(`${name} plays no ${streams} streams here`);
        await sleep(lookMs, undefined, { signal });
      } while ((await ear.figures()).streams < streams);
      await sleep(ms, undefined, { signal });
      return { rates: ratesOf(await ear.figures(), streams) };
    },
  };
}

/** Those of the two that are installed here. */
export function playersFor(context: BenchContext, ear: Ear, streams: number): Side[] {
  const sides: Side[] = [];
  if (findProgram("sipp") === undefined) context.skip("sipp", "sipp is not installed");
  else sides.push(sippPlaying(context, ear, streams));
  if (streams > 1) return sides;
  if (findProgram("baresip") === undefined) context.skip("baresip", "baresip is not installed");
  else sides.push(baresipPlaying(context, ear));
  return sides;
}
