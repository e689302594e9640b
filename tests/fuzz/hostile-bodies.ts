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

/** What takes a time that grows faster than its length: to normalize, to match. */
const SLOW_FILLERS = [
  '\u0315\u0300\u05ae\u0301',
  '\u0315\u0300',

  '\u0315\u0300\u05ae\u0301',
  '\ufdfa',
  '\u0344\u0385',
  'a@',
  '.a',
  '-',
  ' ',
  '\u200b',
  '0',
  '\\',
];

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

/** To the limits: one member fills the body, which is well-formed. */
const full: Maker = (chance, members) => {
  const filler = chance.happens(0.7) ? chance.pick(SLOW_FILLERS) : strangeText(chance, 3) || 'x';
  const others = strangeMembers(chance, members);
  const [first = 'name'] = members;
  const name = chance.happens(0.5) ? first : chance.pick([first, ...members]);
  const empty = Buffer.byteLength(JSON.stringify({ ...others, [name]: '' }));
  const room = Math.max(chance.pick(SIZES) - empty, 0);
  const written = Buffer.byteLength(JSON.stringify(filler)) - 2;
  const text = filler.repeat(Math.floor(room / written)) + 'x'.repeat(room % written);
  return { bytes: Buffer.from(JSON.stringify({ ...others, [name]: text })), type: JSON_TYPE };
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
  full,
  full,
  full,
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
