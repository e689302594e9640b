import { generateSecret } from '@lencana/verifier/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSecretMask } from './secret-mask.ts';

const mask = createSecretMask('cldkctl_');
const secrets = fc.noShrink(fc.constant(null).map(() => generateSecret().reveal()));
/** Stands before and after it: what requests, bodies and errors are made of. */
const around = fc.string({ unit: fc.constantFrom(...' "\'/\\?&=:;,.{}[]%+-\n_é語'), maxLength: 30 });

const percent = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
const unicode = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
const html = (character: string) => `&#x${character.charCodeAt(0).toString(16)};`;

/** Escapes some characters, with digits in either case: `choices` says which and how. */
const escapeSome =
  (escapeOne: (character: string) => string) =>
  (text: string, choices: readonly number[]): string =>
    [...text]
      .map((character, at) => {
        const choice = choices[at % choices.length] ?? 0;
        if (choice === 0 && character !== '\\') return character;
        return choice === 2 ? upperHex(escapeOne(character)) : escapeOne(character);
      })
      .join('');
const upperHex = (text: string) => text.replace(/[a-f]/g, (digit) => digit.toUpperCase());

const layers: Record<string, (text: string, choices: readonly number[]) => string> = {
  'percent-encoded': escapeSome(percent),
  'escaped as in JSON': escapeSome(unicode),
  'escaped as in HTML': escapeSome(html),
  'as a member of JSON': (text) => JSON.stringify({ body: text }),
  'as a form': (text) => new URLSearchParams({ secret: text }).toString(),
  encodeURIComponent: (text) => encodeURIComponent(text),
};
const choices = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 40 });
const stack = fc.array(fc.tuple(fc.constantFrom(...Object.keys(layers)), choices), { maxLength: 3 });

/** Anything of it that is long enough to help who looks for it, in any encoding that was put on. */
function holdsPart(text: string, secret: string): boolean {
  const random = secret.slice('cldkctl_'.length);
  let plain = text;
  for (let layer = 0; layer < 12; layer++) {
    plain = plain
      .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll('\\\\', '\\');
  }
  for (let at = 0; at + 6 <= random.length; at++) if (plain.includes(random.slice(at, at + 6))) return true;
  return false;
}

test('no part of a secret is left, in any text, under any layers of escapes', () => {
  fc.assert(
    fc.property(secrets, around, around, stack, (secret, before, after, put) => {
      const text = put.reduce(
        (inner, [layer, how]) => layers[layer]?.(inner, how) ?? inner,
        `${before}${secret}${after}`,
      );
      return !holdsPart(mask(text), secret);
    }),
    { numRuns: 1500 },
  );
});

test('nor when it is cut off', () => {
  fc.assert(
    fc.property(
      secrets,
      choices,
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 60, max: 200 }),
      (secret, how, times, length) => {
        let text = `/x/${secret}`;
        for (let time = 0; time < times; time++) text = layers['percent-encoded']?.(text, how) ?? text;
        return !holdsPart(mask(text.slice(0, length)), secret);
      },
    ),
    { numRuns: 500 },
  );
});

test('nor in base64, wherever it stands in what was encoded and in the text, encoded further or not', () => {
  fc.assert(
    fc.property(
      secrets,
      fc.string({ maxLength: 20 }),
      fc.string({ maxLength: 20 }),
      fc.constantFrom('base64', 'base64url', 'hex'),
      fc.constantFrom('Authorization: Basic ', '/api/v1/', 'x=', '"', ''),
      stack,
      (secret, before, after, encoding, lead, put) => {
        const encoded = Buffer.from(`${before}${secret}${after}`).toString(encoding as 'base64');
        const text = put.reduce(
          (inner, [layer, how]) => layers[layer]?.(inner, how) ?? inner,
          `${lead}${encoded} end`,
        );
        // Undoes the escapes, then every alignment of every run.
        let plain = mask(text);
        for (let layer = 0; layer < 12; layer++) {
          plain = plain
            .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
            .replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
            .replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
        }
        const readings = [plain, Buffer.from(plain.replace(/[^0-9a-f]/gi, ''), 'hex').toString('latin1')];
        for (const [run] of plain.matchAll(/[A-Za-z0-9+/_-]+/g)) {
          for (let skip = 0; skip < 4; skip++)
            readings.push(Buffer.from(run.slice(skip), 'base64').toString('latin1'));
        }
        return !readings.some((reading) => holdsPart(reading, secret));
      },
    ),
    { numRuns: 1500 },
  );
});

describe('of what else nobody should read', () => {
  test.each([
    ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer …'],
    ['basic Y2xpZW50OnNlY3JldA==', 'basic …'],
    ['cannot reach postgres://lencana:p%40ss@db:5432/x', 'cannot reach postgres://lencana:…@db:5432/x'],
    ['smtp://u:p@h', 'smtp://u:…@h'],
    ['a secret of elsewhere: acme_ABCDEFGHIJKLMNOPQRSTUVWXYZ1gaxLd.', 'a secret of elsewhere: acme_….'],
  ])('%s is %s', (text, masked) => expect(mask(text)).toBe(masked));
});

test('what is no secret stays as it is', () => {
  for (const text of [
    '{"level":30,"time":"2027-01-15T08:00:00.000Z","reqId":"b-1f","method":"GET","path":"/api/v1/tokens/tok_0123456789ABCDEFGHIJKL","status":200,"ms":1.2}',
    'node_0123456789abcdef01234567 does not answer',
    'GET /verify/reports:editor 100%25 sure',
    'https://portal.example.com/docs/errors#unavailable',
    'Error: x\n    at run (file:///srv/lencana/packages/server/src/cli/run.ts:10:5)',
    '%',
    '%zz',
    '\\u12',
    '&#;',
    '',
  ]) {
    expect(mask(text)).toBe(text);
  }
});

test('a short prefix is masked as a word, not inside of others', () => {
  const short = createSecretMask('a_');
  expect(short('data_dir and a_0123456789')).toBe('data_dir and a_…');
});

test('a line of JSON is one after it, however long', () => {
  const { msg } = JSON.parse(mask(`${JSON.stringify({ msg: `"${generateSecret().reveal()}"` })}\n`));
  expect(msg).toBe('"cldkctl_…"');
  const long = mask(`${JSON.stringify({ msg: 'x'.repeat(100_000) })}\n`);
  expect(long.endsWith('\n')).toBe(true);
  expect(JSON.parse(long).msg.length).toBeLessThan(70_000);
});
