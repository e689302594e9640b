import { describe, expect, test } from 'vitest';
import { type Door, verifyDoor } from './doors.ts';
import { createLedger } from './ledger.ts';
import { createTimeline } from './timeline.ts';

const door: Door = verifyDoor('node 1', () => 'http://127.0.0.1:1');

function scene() {
  const timeline = createTimeline();
  timeline.begin({ name: 'healthy', healthy: true, mayBeAway: () => false }, 0);
  const ledger = createLedger(timeline);
  const token = ledger.add({ id: 'tok_1', secret: 's', holderId: 'u' });
  const answer = (
    outcome: 'accepted' | 'refused' | 'unavailable',
    startedMs: number,
    endedMs = startedMs + 1,
  ) =>
    ledger.judge(token, door, {
      outcome,
      status: outcome === 'accepted' ? 200 : outcome === 'refused' ? 401 : 503,
      startedMs,
      startedAtMs: 1_000_000 + startedMs,
      endedMs,
    });
  return { timeline, ledger, token, answer, tally: (name = 'healthy') => ledger.tallies.get(name) };
}

describe('the ledger', () => {
  test('counts an acceptance as late only if its request started after the return', () => {
    const { ledger, token, answer, tally } = scene();
    ledger.going(token, 10);
    answer('accepted', 11);
    ledger.goneFrom(token, 20, null);
    answer('accepted', 20, 30);
    expect(tally()).toMatchObject({ acceptedLate: 0, acceptedInFlight: 1 });
    answer('accepted', 20.001, 30);
    expect(tally()).toMatchObject({ accepted: 3, acceptedLate: 1, acceptedInFlight: 1 });
    expect(ledger.wrongs).toMatchObject([
      { what: 'accepted late', door: 'node 1 /verify', tokenId: 'tok_1' },
    ]);
  });

  test('holds the first return to account, also when a second call returns later', () => {
    const { ledger, token, answer, tally } = scene();
    ledger.going(token, 10);
    ledger.goneFrom(token, 20, null);
    ledger.goneFrom(token, 40, null);
    answer('accepted', 30);
    expect(tally()?.acceptedLate).toBe(1);
  });

  test('compares with the instant that the answer states, whether the acceptance came before or after it', () => {
    const before = scene();
    before.ledger.going(before.token, 10);
    before.answer('accepted', 18);
    before.ledger.goneFrom(before.token, 20, 1_000_017);
    expect(before.tally()).toMatchObject({ acceptedAfterStated: 1, acceptedLate: 0 });
    const after = scene();
    after.ledger.going(after.token, 10);
    after.ledger.goneFrom(after.token, 20, 1_000_019);
    after.answer('accepted', 19, 30);
    expect(after.tally()).toMatchObject({ acceptedAfterStated: 0 });
    after.answer('accepted', 20, 30);
    expect(after.tally()).toMatchObject({ acceptedAfterStated: 1, acceptedLate: 0 });
  });

  test('blames a refusal only while nobody has begun to take the token away', () => {
    const { ledger, token, answer, tally } = scene();
    answer('refused', 5);
    ledger.going(token, 10);
    answer('refused', 9, 12);
    expect(tally()?.liveRefused).toBe(1);
  });

  test('tells an unavailability that a fault declares from one that it does not', () => {
    const { timeline, answer, tally } = scene();
    answer('unavailable', 5);
    timeline.begin({ name: 'cut', healthy: false, mayBeAway: ({ behind }) => behind === 'node 1' }, 10);
    answer('unavailable', 8, 12);
    answer('unavailable', 15);
    timeline.begin({ name: 'healthy', healthy: true, mayBeAway: () => false }, 20);
    answer('unavailable', 19, 25);
    answer('unavailable', 21);
    expect(tally('cut')).toMatchObject({ awayDeclared: 3, unavailableUndeclared: 0 });
    expect(tally()).toMatchObject({ awayDeclared: 0, unavailableUndeclared: 2 });
  });

  test('counts what was made on a token that was taken away: too late, and left', () => {
    const { ledger, tally } = scene();
    ledger.made('tok_2', 10, 20, { isLate: false, isLeft: false });
    expect(tally()).toMatchObject({ made: 1, madeLate: 0, madeLeft: 0 });
    ledger.made('tok_3', 10, 20, { isLate: true, isLeft: false });
    ledger.made('tok_4', 10, 20, { isLate: false, isLeft: true });
    expect(tally()).toMatchObject({ made: 3, madeLate: 1, madeLeft: 1 });
    expect(ledger.wrongs).toMatchObject([
      { what: 'made after the taking', tokenId: 'tok_3' },
      { what: 'left of what was to go with its maker', tokenId: 'tok_4' },
    ]);
  });
});
