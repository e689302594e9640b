/**
 * A word among the processes of one node that authority changed, so that they sync at once instead of at their next turn. It only
 * hurries: one that is lost, late or too many changes nothing of what a verdict is worth.
 */
export interface Hints {
  /** Tells all other processes of the node; not this one. */
  send(): void;
  /** Hears those that others send. */
  onHint(hear: () => void): void;
}
