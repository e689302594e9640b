/** How much is measured: all of it, or with `--quick` so little that every row can be seen in two minutes. */
export type Extent = {
  /** Rounds of each side that are counted, and how long each lasts. */
  readonly rounds: number;
  readonly roundMs: number;
  readonly starts: number;
  /** Tokens in the large database. */
  readonly tokensStored: number;
  /** Tokens in the memory of the measured cache. */
  readonly tokensCached: number;
  readonly revocations: number;
};

export const whole: Extent = {
  rounds: 7,
  roundMs: 1500,
  starts: 7,
  tokensStored: 10_000_000,
  tokensCached: 1_000_000,
  revocations: 300,
};

export const quick: Extent = {
  rounds: 3,
  roundMs: 500,
  starts: 3,
  tokensStored: 1_000_000,
  tokensCached: 200_000,
  revocations: 60,
};
