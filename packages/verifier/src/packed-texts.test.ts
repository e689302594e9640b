import { expect, it } from 'vitest';
import { PackedTexts, TEXT_LENGTH_MAX } from './packed-texts.ts';

it('gives back what it was given, through replacements, growth and closed gaps', () => {
  const texts = new PackedTexts(16);
  const kept: string[] = [];
  let slots = 16;
  // A small generator of its own: the same run each time.
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647;
    return state % below;
  };
  for (let turn = 0; turn < 20_000; turn++) {
    if (turn % 100 === 0 && slots < 200) {
      slots++;
      texts.grow(slots);
    }
    const slot = random(slots);
    const letter = random(50) === 0 ? '字' : random(9) === 0 ? 'ÿ' : 'a';
    const text = letter.repeat(random(turn % 1000 === 0 ? TEXT_LENGTH_MAX : 120)) + turn;
    texts.set(slot, text);
    kept[slot] = text;
    if (turn % 500 === 0)
      for (const [at, each] of kept.entries()) if (each !== undefined) expect(texts.get(at)).toBe(each);
  }
});

it('holds every character of a text, two bytes of it too, and an empty one', () => {
  const texts = new PackedTexts(1);
  for (const text of [
    '',
    '\u0000',
    '\u00ff\u0100',
    '🚀',
    '\ud800',
    'x'.repeat(TEXT_LENGTH_MAX),
    '字'.repeat(TEXT_LENGTH_MAX),
  ]) {
    texts.set(0, text);
    expect(texts.get(0)).toBe(text);
  }
  expect(() => texts.set(0, 'x'.repeat(TEXT_LENGTH_MAX + 1))).toThrow(RangeError);
});

it('is empty after clear, and of use', () => {
  const texts = new PackedTexts(2);
  texts.set(1, 'old');
  texts.clear();
  expect(texts.get(1)).toBe('');
  texts.set(0, 'new');
  expect([texts.get(0), texts.get(1)]).toEqual(['new', '']);
});
