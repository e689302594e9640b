/** Bodies and their media types: JSON that is well-formed, broken, deep, wide or in another encoding; forms; and what is neither. */
import type { Chance } from './chance.ts';
import { strangeMembers, strangeText } from './hostile-values.ts';

export type HostileBody = {
  readonly bytes: Buffer;
  readonly type: string | null;
  readonly encoding?: string;
};

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
/** At, and one beyond, each limit that a body meets. */
const SIZES = [0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 16_384, 16_385, 65_536, 65_537, 200_000];

type Maker = (chance: Chance, members: readonly string[]) => HostileBody;

const json: Maker = (chance, members) => ({
  bytes: Buffer.from(JSON.stringify(strangeMembers(chance, members))),
  type: JSON_TYPE,
});

const form: Maker = (chance, members) => {
  const names = members.length > 0 ? members : ['token', 'token_type_hint', 'client_id', 'client_secret'];
  const pairs = names.map(
    (name) => `${encodeURIComponent(name)}=${percentEncoded(strangeText(chance, 500))}`,
  );
  return { bytes: Buffer.from(pairs.join('&')), type: FORM_TYPE };
};

const makers: readonly Maker[] = [
  json,
  json,
  json,
  json,
  form,
  // Deep and wide.
  (chance) => {
    const depth = chance.pick([10, 19, 20, 21, 100, 2000, 30_000]);
    const [open, close] = chance.pick([
      ['[', ']'],
      ['{"a":', '}'],
      ['[{"__proto__":', '}]'],
    ] as const);
    return {
      bytes: Buffer.from(open.repeat(depth) + (open === '[' ? '' : '1') + close.repeat(depth)),
      type: JSON_TYPE,
    };
  },
  (chance) => {
    const count = chance.pick([10, 300, 500, 2000]);
    const wide = Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, at]));
    return {
      bytes: Buffer.from(JSON.stringify(chance.happens(0.5) ? wide : Object.values(wide))),
      type: JSON_TYPE,
    };
  },
  // To the limits: a text that fills the body.
  (chance, members) => {
    const size = chance.pick(SIZES);
    const filler = strangeText(chance, 3) || 'x';
    const start = `{"${members[0] ?? 'name'}":"`;
    const text = filler
      .replace(/["\\\p{Cc}\p{Cs}]/gu, 'x')
      .repeat(size)
      .slice(0, Math.max(size - start.length - 2, 0));
    const bytes = Buffer.from(`${start}${text}"}`);
    return { bytes: bytes.length > size + 3 && size > 0 ? bytes.subarray(0, size) : bytes, type: JSON_TYPE };
  },
  // Broken.
  (chance, members) => {
    const bytes = Buffer.from(json(chance, members).bytes);
    for (let times = chance.between(1, 4); times > 0 && bytes.length > 0; times--) {
      bytes[chance.between(0, bytes.length - 1)] = chance.between(0, 255);
    }
    return { bytes: chance.happens(0.3) ? bytes.subarray(0, bytes.length >> 1) : bytes, type: JSON_TYPE };
  },
  (chance) => ({ bytes: Buffer.from(strangeText(chance)), type: JSON_TYPE }),
  (chance) => ({
    bytes: Buffer.from(
      chance.pick([
        'null',
        '[]',
        '1e999',
        '-',
        '"',
        '{"a":1,"a":2}',
        '{"constructor":{"prototype":1}}',
        '\ufeff{}',
      ]),
    ),
    type: JSON_TYPE,
  }),
  // Another encoding, another type, none.
  (chance, members) => ({
    bytes: Buffer.from(
      JSON.stringify(strangeMembers(chance, members)),
      chance.pick(['utf16le', 'latin1'] as const),
    ),
    type: `${JSON_TYPE}; charset=${chance.pick(['utf-16', 'latin1', 'utf-8', '"utf-8"', 'x'.repeat(2000)])}`,
  }),
  (chance, members) => ({
    ...json(chance, members),
    type: chance.pick([
      null,
      '',
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'a',
      '/',
      ';'.repeat(500),
      `${JSON_TYPE} ; ${'a=b;'.repeat(900)}`,
    ]),
  }),
  (chance, members) => ({ ...json(chance, members), encoding: chance.pick(['gzip', 'br', 'identity', 'x']) }),
];

export function hostileBody(chance: Chance, members: readonly string[]): HostileBody {
  return chance.pick(makers)(chance, members);
}

/** Lone surrogates have no percent-encoding. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
