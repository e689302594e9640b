import { describe, expect, test } from 'vitest';
import { createLineWriter, KEPT_BYTES_MAX } from './line-writer.ts';

/** A place to write to that takes `room` bytes, or fails with `code`. */
function place() {
  const state = { room: Number.POSITIVE_INFINITY, code: '', text: '', due: [] as (() => void)[] };
  const writer = createLineWriter({
    write: (bytes) => {
      if (state.code) throw Object.assign(new Error(state.code), { code: state.code });
      const taken = Buffer.from(bytes).subarray(0, state.room);
      if (taken.length === 0) throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' });
      state.room -= taken.length;
      state.text += taken;
      return taken.length;
    },
    timer: (callback) => {
      state.due.push(callback);
      return () => {
        state.due = state.due.filter((each) => each !== callback);
      };
    },
    lossLine: (lines, code) => `lost ${lines} ${code}\n`,
  });
  const pass = () => {
    for (const callback of state.due.splice(0)) callback();
  };
  return { state, writer, pass };
}

describe('a line', () => {
  test('is written at once while there is room', () => {
    const { state, writer } = place();
    writer.write('one\n');
    writer.write('two\n');
    expect(state.text).toBe('one\ntwo\n');
    expect(state.due).toEqual([]);
  });

  test('that has room for a part only comes whole in the end, and in its turn', () => {
    const { state, writer, pass } = place();
    state.room = 2;
    writer.write('one\n');
    writer.write('two\n');
    expect(state.text).toBe('on');
    state.room = 3;
    pass();
    state.room = 100;
    pass();
    expect(state.text).toBe('one\ntwo\n');
  });
});

describe.each(['EAGAIN', 'EPIPE', 'ENOSPC', 'EIO', 'EBADF'])('while writing fails with %s', (code) => {
  test('nothing is thrown, what fits is kept, the rest is counted, and the gap is told once, where it is', () => {
    const { state, writer, pass } = place();
    state.code = code;
    const line = `${'x'.repeat(1023)}\n`;
    const fits = KEPT_BYTES_MAX / line.length;
    for (let at = 0; at < fits + 500; at++) writer.write(line);
    writer.write('short, and dropped too\n');
    expect(writer.linesDropped()).toBe(501);
    for (let round = 0; round < 5; round++) pass();
    state.code = '';
    pass();
    writer.write('after\n');
    const lines = state.text.split('\n');
    expect(lines).toHaveLength(fits + 3);
    expect(lines.slice(fits)).toEqual([`lost 501 ${code}`, 'after', '']);
    expect(writer.linesDropped()).toBe(501);
  });
});

test('a process that ends waits so long and no longer', async () => {
  const { state, writer, pass } = place();
  state.code = 'EAGAIN';
  writer.write('last\n');
  const late = writer.flush(10);
  pass();
  await late;
  const inTime = writer.flush(10);
  state.code = '';
  pass();
  await inTime;
  expect(state.text).toBe('last\n');
  await writer.flush(10);
});
