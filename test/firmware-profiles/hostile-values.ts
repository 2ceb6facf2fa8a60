// Values that break careless writers: quotes, line ends, markup, comment signs, odd Unicode, too much of it. Seeded: the
// same seed gives the same values.

const pieces = [
  " ",
  "  ",
  "\t",
  "\n",
  "\r\n",
  "\r",
  "#",
  ";",
  "=",
  ":",
  '"',
  "'",
  "\\",
  '\\"',
  "`",
  "&",
  "&amp;",
  "&#10;",
  "&lt;",
  "<",
  ">",
  "</",
  "/>",
  "<!--",
  "-->",
  "<![CDATA[",
  "]]>",
  "<?xml?>",
  "%NULL%",
  "%",
  "%s",
  "$MA",
  "$$",
  "{mac}",
  "{",
  "}",
  "[",
  "]",
  "|",
  ",",
  "!",
  "##",
  "\u0000",
  "\u0007",
  "\u001b[31m",
  "\u007f",
  "\u0085",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\ufffe",
  "\ud800",
  "\udc00",
  "\u202e",
  "\u0301",
  "é",
  "ß",
  "日本語",
  "مرحبا",
  "📞",
  "👩‍👩‍👧",
  "SET X 1",
  "GOTO END",
  "IF $MODEL4",
  "key = value",
  "static.x = 1",
  "<P2>1</P2>",
  "' onload='",
  '" y="',
  "a",
  "Z",
  "0",
  "42",
  "-1",
  "reception",
  "true",
  "null",
  "undefined",
  "__proto__",
  "x".repeat(98),
  "y".repeat(300),
];

/** mulberry32. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** `count` values, each of at most 300 characters and never empty: every piece alone, then in company. */
export function hostileValues(count: number, seed: number): string[] {
  const next = generator(seed);
  const values = pieces.flatMap((piece) => [piece, `a${piece}`, `${piece}a`, `a${piece}b`, `a ${piece}`]);
  while (values.length < count) {
    const parts = Array.from({ length: 1 + next(6) }, () => pieces[next(pieces.length)] ?? "");
    if (next(4) === 0) parts.push(String.fromCodePoint(1 + next(0xd7ff)));
    values.push(parts.join(""));
  }
  return values.slice(0, count).map((value) => value.slice(0, 300));
}
