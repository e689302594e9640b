/** Chances of a run. They steer only what is asked and when; nothing is judged by them. */

export function pick<T>(from: readonly T[]): T {
  const chosen = from[Math.floor(Math.random() * from.length)];
  if (chosen === undefined) throw new Error('there is nothing to pick from');
  return chosen;
}

/** In another order. */
export function shuffled<T>(from: readonly T[]): T[] {
  return from
    .map((each) => ({ each, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

export const between = (least: number, most: number): number => least + Math.random() * (most - least);
