/** The word of `words` that is nearest to what was typed, when it is near enough to have been meant. */
export function closestWord(typed: string, words: Iterable<string>): string | undefined {
  const wanted = typed.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const word of words) {
    const away = editDistance(wanted, word.toLowerCase(), least);
    if (away < least) {
      least = away;
      best = word;
    }
  }
  return best;
}

/** Levenshtein distance, one row at a time; gives up at `limit`. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of Array.from(from).entries()) {
    const current = [row + 1];
    for (const [column, other] of Array.from(to).entries())
      current.push(
        Math.min(
          (above[column + 1] ?? limit) + 1,
          (current[column] ?? limit) + 1,
          (above[column] ?? limit) + (letter === other ? 0 : 1),
        ),
      );
    above = current;
  }
  return above.at(-1) ?? limit;
}
