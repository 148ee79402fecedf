/** Edits that turn one text into another, two neighbours swapped being one (Damerau–Levenshtein, restricted). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const plain = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + cost);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(isSwap ? Math.min(plain, before[j - 2]! + 1) : plain);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

const LONGEST = 64;

/** The candidate that somebody who wrote `text` most likely meant, without regard to case; undefined where none is near. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > LONGEST) return undefined;
  const written = text.toLowerCase();
  const near = candidates
    .map((candidate) => ({ candidate, edits: distance(written, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.candidate;
}
