/** What a service's own code gets wrong must show, and never let anybody in. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CreateVerifierOptions, createVerifier } from './create-verifier.ts';
import { createGuard, type GuardOptions } from './middleware/guard.ts';
import { generateSecret } from './secret-format.ts';
import { RECORD } from './source-under-test.ts';
import type { Demand, Verifier } from './verdict.ts';
import { loaded, NODE_URL, SYNCED, WireUnderTest } from './wire-under-test.ts';

const secret = generateSecret().reveal();

function verifierOf(): Verifier {
  const wire = new WireUnderTest();
  wire.answer('/freshness', SYNCED);
  wire.answer('/freshness/load', loaded(RECORD));
  const verifier = createVerifier({
    url: NODE_URL,
    fetch: wire.fetch,
    onNotice: () => {},
    onError: () => {},
  });
  onTestFinished(() => verifier.close());
  return verifier;
}

describe('a demand that would be passed over is refused', () => {
  test.each([
    ['misspelt', { scop: 'reports:editor' }],
    ['undefined', { scope: undefined }],
    ['null', { scope: null }],
    ['a list where one is meant', { scope: ['reports:editor'] }],
    ['one where a list is meant', { scopes: 'reports:editor' }],
    ['a list with a hole', { scopes: [undefined] }],
    ['a text', 'reports:editor'],
    ['a list', ['reports:editor']],
    ['nothing, said by null', null],
  ])('%s', async (_, demand) => {
    const verifier = verifierOf();
    await expect(verifier.verify(secret, demand as Demand)).rejects.toThrow(TypeError);
    expect(() => verifier.verifyNow(secret, demand as Demand)).toThrow(TypeError);
  });

  test('and what is known is not', async () => {
    const demand = {
      scope: 'reports:viewer',
      scopes: ['a:viewer'],
      address: '::1',
      addressBinds: true,
      agent: 'x',
    };
    expect(await verifierOf().verify(secret, demand)).toMatchObject({ outcome: 'active' });
  });
});

test.each([undefined, null, 7, {}, [], Symbol('x')])(
  'a client that sent %s as its secret is refused, without an error',
  async (presented) => {
    const verdict = await verifierOf().verify(presented as unknown as string);
    expect(verdict).toMatchObject({ outcome: 'refused', reason: 'malformed' });
  },
);

test('a misspelt option is named with those that there are', () => {
  const options = { url: NODE_URL, freshnesSeconds: 0.1 } as CreateVerifierOptions;
  expect(() => createVerifier(options)).toThrow(/freshnesSeconds.*freshnessSeconds/);
});

test.each([{ scop: 'reports:editor' }, { scope: undefined }])('a guard is not made of %j', (options) => {
  expect(() => createGuard(verifierOf(), options as GuardOptions)).toThrow(TypeError);
});
