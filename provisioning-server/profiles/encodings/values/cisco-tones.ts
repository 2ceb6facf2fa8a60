import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

interface Tones {
  readonly dial: string;
  readonly busy: string;
  readonly reorder: string;
  readonly ringBack: string;
}

// FreqScript: `frequency@level[,frequency@level];seconds(on/off/components[,…])`. Frequencies and cadences are those of
// ITU-T E.180 Supplement 2; the level is the phones' own.
const level = "@-19";
const steady = (...hertz: number[]) =>
  `${hertz.map((each) => `${each}${level}`).join(",")};10(*/0/${hertz.map((_, place) => place + 1).join("+")})`;

function beats(
  hertz: readonly number[],
  seconds: string,
  cadence: readonly (readonly [number, number])[],
): string {
  const all = hertz.map((_, place) => place + 1).join("+");
  const parts = cadence.map(([on, off]) => `${on}/${off}/${all}`).join(",");
  return `${hertz.map((each) => `${each}${level}`).join(",")};${seconds}(${parts})`;
}

function single(
  hertz: number,
  busy: readonly [number, number],
  reorder: readonly (readonly [number, number])[],
  ring: readonly [number, number],
): Tones {
  return {
    dial: steady(hertz),
    busy: beats([hertz], "10", [busy]),
    reorder: beats([hertz], "10", reorder),
    ringBack: beats([hertz], "*", [ring]),
  };
}

const northAmerica: Tones = {
  dial: steady(350, 440),
  busy: beats([480, 620], "10", [[0.5, 0.5]]),
  reorder: beats([480, 620], "10", [[0.25, 0.25]]),
  ringBack: beats([440, 480], "*", [[2, 4]]),
};

const countries: ReadonlyMap<string, Tones> = new Map([
  ["US", northAmerica],
  ["CA", northAmerica],
  ["AT", single(420, [0.4, 0.4], [[0.2, 0.2]], [1, 5])],
  ["CH", single(425, [0.5, 0.5], [[0.2, 0.2]], [1, 4])],
  ["DE", single(425, [0.48, 0.48], [[0.24, 0.24]], [1, 4])],
  [
    "ES",
    single(
      425,
      [0.2, 0.2],
      [
        [0.2, 0.2],
        [0.2, 0.2],
        [0.2, 0.6],
      ],
      [1.5, 3],
    ),
  ],
  ["FR", single(440, [0.5, 0.5], [[0.5, 0.5]], [1.5, 3.5])],
  ["NL", single(425, [0.5, 0.5], [[0.25, 0.25]], [1, 4])],
  [
    "GB",
    {
      dial: steady(350, 440),
      busy: beats([400], "10", [[0.375, 0.375]]),
      reorder: beats([400], "10", [
        [0.4, 0.35],
        [0.225, 0.525],
      ]),
      ringBack: beats([400, 450], "*", [
        [0.4, 0.2],
        [0.4, 2],
      ]),
    },
  ],
]);

function encode({ setting }: EncodingInput): Encoded {
  const country = setting("tones");
  const tones = typeof country === "string" ? countries.get(country) : undefined;
  if (tones === undefined) return { ok: false, limit: `one of ${[...countries.keys()].join(", ")}` };
  return {
    ok: true,
    parts: [
      { name: "Dial_Tone", value: tones.dial },
      { name: "Busy_Tone", value: tones.busy },
      { name: "Reorder_Tone", value: tones.reorder },
      { name: "Ring_Back_Tone", value: tones.ringBack },
    ],
  };
}

/** Call-progress tones of a country, written out: these phones know no countries. */
export const ciscoTones: Encoding = { name: "cisco-tones", settings: ["tones"], encode };
