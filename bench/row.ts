/** One line of the table. */
export type Row = {
  /** Stable: figures of different runs are compared by it. */
  readonly name: string;
  /** null: it could not be measured, and `note` says why. */
  readonly value: number | null;
  readonly unit: string;
  readonly note: string;
};

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) throw new Error('no values');
  const [low = 0, high = 0] = [sorted.at(sorted.length % 2 === 0 ? middle - 1 : middle), sorted.at(middle)];
  return (low + high) / 2;
}
