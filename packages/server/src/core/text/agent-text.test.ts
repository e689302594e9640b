import { describe, expect, it } from 'vitest';
import { agentText } from './agent-text.ts';

describe('an agent', () => {
  it.each([
    ['curl/8.5.0', 'curl/8.5.0'],
    ['', ''],
    ['Läufer 😀 (ペン)', 'Läufer 😀 (ペン)'],
    ['a\0b\tc\r\nd\u007fe\u0085f\u009bg', 'abcdefg'],
    ['a\ud800b\udc00c', 'abc'],
    ['a\u202eb\u2066c\u2069d\u200ee\u200ff\u061cg', 'abcdefg'],
    ['x'.repeat(500), 'x'.repeat(200)],
    [`${'x'.repeat(199)}😀`, 'x'.repeat(199)],
  ])('%j is kept as %j', (written, kept) => expect(agentText(written)).toBe(kept));
});
