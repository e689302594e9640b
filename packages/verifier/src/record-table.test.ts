import { expect, it } from 'vitest';
import { RecordTable } from './record-table.ts';
import { hashAscii } from './secret-hash.ts';

const MARKS_MAX = 6;
const keyOf = (at: number) => hashAscii(`key ${at}`, new Int32Array(8));
const marksOf = (at: number) => Array.from({ length: MARKS_MAX }, (_, index) => at * 10 + index);

function put(table: RecordTable, at: number, text = `text ${at}`): void {
  table.shardOf(keyOf(at)).put(keyOf(at), at, marksOf(at), text);
}

function get(table: RecordTable, at: number): string | undefined {
  const shard = table.shardOf(keyOf(at));
  const slot = shard.find(keyOf(at));
  return slot < 0 ? undefined : shard.textAt(slot);
}

it('keeps what it was given through many growths, with turn and marks', () => {
  const table = new RecordTable(20_000, MARKS_MAX);
  for (let at = 0; at < 10_000; at++) put(table, at);
  expect(table.size).toBe(10_000);
  for (let at = 0; at < 10_000; at++) {
    const shard = table.shardOf(keyOf(at));
    const slot = shard.find(keyOf(at));
    expect([shard.textAt(slot), shard.turnAt(slot)]).toEqual([`text ${at}`, at]);
    if (at % 1000 === 0) expect(shard.marksAt(slot)).toEqual(marksOf(at));
  }
  expect(get(table, 10_001)).toBeUndefined();
});

it('replaces the entry of a key', () => {
  const table = new RecordTable(100, MARKS_MAX);
  put(table, 1, 'old');
  put(table, 1, 'new');
  expect(get(table, 1)).toBe('new');
  expect(table.size).toBe(1);
});

it('never holds more than its bound, and finds whatever it still holds', () => {
  const table = new RecordTable(500, MARKS_MAX);
  for (let at = 0; at < 5000; at++) put(table, at);
  expect(table.size).toBe(500);
  const found = Array.from({ length: 5000 }, (_, at) => get(table, at)).filter((text) => text !== undefined);
  expect(found).toHaveLength(500);
});

it('evicts what nobody read before what somebody did', () => {
  const table = new RecordTable(64, MARKS_MAX);
  for (let at = 0; at < 64; at++) put(table, at);
  for (let at = 100; at < 3000; at++) {
    for (let kept = 0; kept < 8; kept++) {
      const shard = table.shardOf(keyOf(kept));
      shard.touch(shard.find(keyOf(kept)));
    }
    put(table, at);
  }
  for (let kept = 0; kept < 8; kept++) expect(get(table, kept)).toBe(`text ${kept}`);
});

it('is empty after clear, and of use', () => {
  const table = new RecordTable(64, MARKS_MAX);
  for (let at = 0; at < 200; at++) put(table, at);
  table.clear();
  expect(table.size).toBe(0);
  expect(get(table, 199)).toBeUndefined();
  put(table, 7);
  expect(get(table, 7)).toBe('text 7');
});
