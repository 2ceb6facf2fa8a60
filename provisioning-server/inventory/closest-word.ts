/** The word of `words` that is nearest to what was typed, when it is near enough to have been meant. */
export function closestWord(typed: string, words: Iterable<string>): string | undefined {
  // No name is that long; and what a stranger sends must not cost us time.
  if (typed.length > 60) return undefined;
  const wanted = typed.toLowerCase();
  let best: string | undefined;
  // Two slips in a word of four letters is the most that is still a slip (two swapped letters count as two).
  let least = (wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3))) + 1;
  for (const word of words) {
    const away = editDistance(wanted, word.toLowerCase(), least);
    if (away < least) {
      least = away;
      best = word;
    }
  }
  return best;
}

/** Levenshtein distance, one row at a time; gives up at `limit`, as soon as no way can stay below it. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  const row = new Uint16Array(to.length + 1).map((_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    let diagonal = line - 1;
    let least = line;
    row[0] = line;
    for (let column = 1; column <= to.length; column += 1) {
      const above = row[column] ?? limit;
      const same = from.charCodeAt(line - 1) === to.charCodeAt(column - 1);
      const cell = Math.min(above + 1, (row[column - 1] ?? limit) + 1, diagonal + (same ? 0 : 1));
      row[column] = cell;
      diagonal = above;
      least = Math.min(least, cell);
    }
    if (least >= limit) return limit;
  }
  return row[to.length] ?? limit;
}
