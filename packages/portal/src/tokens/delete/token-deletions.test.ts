/** A deletion is said to be done only after the server said so, and what is known of a failed one is never lost. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { DeletedToken, Token } from '../../api/client.ts';
import { Problem, problemOfAnswer } from '../../api/problem.ts';
import { type Deletion, type DeletionNews, tokenDeletions } from './token-deletions.ts';

const token: Token = {
  id: 'tok_1',
  name: 'ci pipeline',
  masked: 'cldkctl_…0000',
  status: 'active',
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: null,
  last_used_at: null,
  last_used_address: null,
  last_used_client: null,
  last_used_reported_by: null,
};
const revoked: Token = { ...token, status: 'revoked' };
const answer: DeletedToken = {
  token: revoked,
  made_tokens: [],
  refused_everywhere_at: '2026-01-02T12:03:04.812Z',
};
const network = new Problem({ code: 'network', status: 0, saved: 'unknown' });
const signedOut = problemOfAnswer(401, { code: 'unauthenticated' });
const missing = problemOfAnswer(404, { code: 'not_found' });
const unavailable = problemOfAnswer(503, { code: 'unavailable', request_id: 'req-1' });
const notYetFinal = problemOfAnswer(503, { code: 'not_yet_final' });

/** A request that waits for the test to answer it. */
type Call = { resolve: (answer: DeletedToken) => void; reject: (problem: Problem) => void };

/** The server as each test has it, and what the page would show. */
function setUp() {
  const calls: Call[] = [];
  const memory = { ids: [] as readonly string[] };
  const held = new Set<string>();
  const news: DeletionNews[] = [];
  const server: { stored: Token | Problem; reads: number } = { stored: token, reads: 0 };
  const parts = {
    deleteToken: () =>
      new Promise<DeletedToken>((resolve, reject) => {
        calls.push({ resolve, reject });
      }),
    readToken: async () => {
      if (server.stored instanceof Problem) throw server.stored;
      return server.stored;
    },
    memory: {
      read: () => memory.ids,
      write: (ids: readonly string[]) => {
        memory.ids = ids;
      },
    },
    nowMs: () => 1000,
    hold: (id: string, on: boolean) => void (on ? held.add(id) : held.delete(id)),
    changed: () => {
      server.reads += 1;
    },
  };
  const open = () => {
    const deletions = tokenDeletions(parts);
    deletions.onNews((told) => news.push(told));
    return deletions;
  };
  return { calls, memory, held, news, server, open };
}

let world: ReturnType<typeof setUp>;
let deletions: ReturnType<typeof world.open>;
const state = (): Deletion | undefined => deletions.all().get(token.id);

beforeEach(() => {
  world = setUp();
  deletions = world.open();
});

/** One attempt that ends in this failure. */
async function failing(problem: Problem): Promise<void> {
  const attempt = deletions.start(token);
  world.calls.at(-1)?.reject(problem);
  await attempt;
}

test('is under way until the answer, and holds its row as long', async () => {
  const attempt = deletions.start(token);
  expect(state()).toMatchObject({ phase: 'running', deleted: 'no', startedAtMs: 1000 });
  expect([...world.held]).toEqual([token.id]);
  world.calls[0]?.resolve(answer);
  await attempt;
  expect(state()).toMatchObject({ phase: 'done', refusedEverywhereAt: answer.refused_everywhere_at });
  expect([...world.held]).toEqual([]);
  expect(world.memory.ids).toEqual([]);
  expect(world.server.reads).toBe(1);
});

test('asked for twice, it is sent once', async () => {
  const attempt = deletions.start(token);
  await deletions.start(token);
  expect(world.calls).toHaveLength(1);
  world.calls[0]?.resolve(answer);
  await attempt;
  await deletions.start(token);
  expect(world.calls).toHaveLength(1);
});

describe('after a failure', () => {
  test.each([
    ['a refusal', problemOfAnswer(403, { code: 'forbidden' }), network, 'no'],
    ['a commit that is not confirmed', notYetFinal, network, 'yes'],
    ['a database that is away', unavailable, network, 'maybe'],
    ['a database that was away, and the token is there', unavailable, token, 'no'],
    ['a database that was away, and the token is gone', unavailable, revoked, 'yes'],
    ['no answer', network, network, 'maybe'],
    ['no answer, and the token is still there', network, token, 'maybe'],
    ['no answer, and the token is gone', network, revoked, 'yes'],
    ['a gateway that gave up, and the token is still there', problemOfAnswer(504, '<html>'), token, 'maybe'],
  ])('%s, it is known what is known', async (_what, problem, stored, deleted) => {
    world.server.stored = stored;
    await failing(problem);
    expect(state()).toMatchObject({ phase: 'failed', deleted, problem });
    expect(world.held.has(token.id)).toBe(deleted !== 'no');
    expect(world.memory.ids).toEqual(deleted === 'no' ? [] : [token.id]);
  });

  test('a second attempt is sent, and forgets nothing of the first', async () => {
    await failing(notYetFinal);
    await failing(unavailable);
    expect(state()).toMatchObject({ deleted: 'yes' });
    await failing(network);
    expect(state()).toMatchObject({ deleted: 'yes' });
    const attempt = deletions.start(token);
    expect(state()?.problem).toBeNull();
    world.calls.at(-1)?.resolve(answer);
    await attempt;
    expect(state()?.phase).toBe('done');
    expect(world.held.size).toBe(0);
  });

  test('one that changed nothing is forgotten when it was seen, any other is kept', async () => {
    await failing(unavailable);
    deletions.dismiss(token.id);
    expect(state()).toBeUndefined();
    world.server.stored = network;
    await failing(network);
    deletions.dismiss(token.id);
    expect(state()).toMatchObject({ phase: 'failed', deleted: 'maybe' });
  });
});

test('a token that is not there is told, and nothing of it is kept', async () => {
  await failing(missing);
  expect(world.news).toEqual([{ kind: 'gone', token }]);
  expect(state()).toBeUndefined();
  expect(world.memory.ids).toEqual([]);
});

describe('signed out meanwhile', () => {
  test('it was not deleted', async () => {
    await failing(signedOut);
    expect(world.news).toEqual([{ kind: 'signed_out', token, deleted: 'no' }]);
    expect(world.memory.ids).toEqual([]);
  });

  test('what an attempt before it may have done is taken up after signing in', async () => {
    await failing(notYetFinal);
    await failing(signedOut);
    expect(world.news).toEqual([{ kind: 'signed_out', token, deleted: 'yes' }]);
    expect(world.memory.ids).toEqual([token.id]);
  });
});

describe('after a reload', () => {
  beforeEach(() => {
    void deletions.start(token);
    deletions = world.open();
  });

  test('a deletion that the server has begun is waited for again', async () => {
    world.server.stored = revoked;
    const resuming = deletions.resume();
    await Promise.resolve();
    await Promise.resolve();
    expect(state()).toMatchObject({ phase: 'running', resumed: true, deleted: 'yes' });
    world.calls.at(-1)?.resolve(answer);
    await resuming;
    expect(state()?.phase).toBe('done');
    expect(world.memory.ids).toEqual([]);
  });

  test('one that never reached it is not sent behind the user’s back', async () => {
    await deletions.resume();
    expect(world.calls).toHaveLength(1);
    expect(world.news).toEqual([{ kind: 'never_sent', token }]);
    expect(world.memory.ids).toEqual([]);
  });

  test('another account’s is dropped in silence', async () => {
    world.server.stored = missing;
    await deletions.resume();
    expect(world.news).toEqual([]);
    expect(world.memory.ids).toEqual([]);
  });

  test('one that cannot be looked up stays for the next time', async () => {
    world.server.stored = network;
    await deletions.resume();
    expect(world.memory.ids).toEqual([token.id]);
  });

  test('one that the same page is waiting for is not sent again', async () => {
    void deletions.start(token);
    world.server.stored = revoked;
    await deletions.resume();
    expect(world.calls).toHaveLength(2);
  });
});
