import { expect, test } from 'vitest';
import { ConfigError } from '../config/readers.ts';
import { explain } from './explain.ts';

test('a clean-up that fails does not hide what failed first', async () => {
  async function fail(): Promise<void> {
    await using stack = new AsyncDisposableStack();
    stack.defer(async () => {
      throw new Error('the last clean-up');
    });
    stack.defer(async () => {
      throw new Error('the first clean-up');
    });
    throw new ConfigError('LENCANA_LISTEN=x is no address.');
  }
  const error = await fail().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SuppressedError);
  expect(explain(error)).toBe('LENCANA_LISTEN=x is no address.');
});
