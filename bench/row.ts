/** One line of the table. */
export type Row = {
  /** Stable: figures of different runs are compared by it. */
  readonly name: string;
  /** null: it could not be measured, and `note` says why. */
  readonly value: number | null;
  readonly unit: string;
  /** What is hoped for, in the row's unit. */
  readonly goal?: string;
  readonly note: string;
};

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Between two neighbours it lies as far as `share` says. @throws Error without values */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) throw new Error('no values');
  const place = (sorted.length - 1) * share;
  const [low = 0, high = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

export function rounded(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}
