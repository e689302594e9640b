/** Whole requests, as bytes: a route with strange parts in its path, query, headers and body, under whichever credentials. */
import type { Chance } from './chance.ts';
import { hostileBody, percentEncoded } from './hostile-bodies.ts';
import { strangeText } from './hostile-values.ts';
import type { HostileTarget } from './routes.ts';

/** Headers that a holder or a service comes with; the empty one is nobody's. */
export type Credentials = readonly Readonly<Record<string, string>>[];

export type HostileRequest = {
  readonly target: HostileTarget;
  readonly bytes: Buffer;
  /** Something of it is left out: no answer is owed before the server's time limits. */
  readonly isIncomplete: boolean;
};

const METHODS = [
  ...[
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'MKCOL',
    'LOCK',
    'QUERY',
  ],
  ...['SEARCH', 'PURGE', 'SOURCE', 'get', 'X', 'POST'.repeat(300)],
];
/** Of a request's line and headers, in bytes: Node takes 16 kB. */
const HEAD_BYTES_MAX = 15_000;

export function hostileRequest(
  chance: Chance,
  target: HostileTarget,
  credentials: Credentials,
  origin: string,
): HostileRequest {
  const method = chance.happens(0.85) ? target.method : chance.pick(METHODS);
  const body = chance.happens(method === 'GET' || method === 'HEAD' ? 0.1 : 0.9)
    ? hostileBody(chance, target.members)
    : null;
  const headers: [string, string][] = [
    ['Host', chance.happens(0.97) ? 'localhost' : headerText(chance, 300)],
  ];
  for (const [name, value] of Object.entries(chance.pick(credentials))) headers.push([name, value]);
  if (chance.happens(0.9)) headers.push(['Origin', chance.happens(0.95) ? origin : headerText(chance, 100)]);
  // Limits by address are one of the things that are tried, not a wall around the others.
  headers.push(['X-Forwarded-For', chance.happens(0.9) ? addressOf(chance) : headerText(chance, 2000)]);
  for (let more = chance.pick([0, 0, 1, 2, 4]); more > 0; more--) headers.push(...strangeHeaders(chance));
  let isIncomplete = false;
  let sent = body?.bytes ?? Buffer.alloc(0);
  if (body) {
    if (body.type !== null) headers.push(['Content-Type', body.type]);
    if (body.encoding !== undefined) headers.push(['Content-Encoding', body.encoding]);
    if (chance.happens(0.1)) {
      headers.push(['Transfer-Encoding', 'chunked']);
      sent = chunked(chance, sent);
    } else {
      const claimed = chance.happens(0.97) ? sent.length : sent.length + chance.between(1, 50);
      isIncomplete = claimed > sent.length;
      headers.push(['Content-Length', String(claimed)]);
    }
  }
  const line = `${method} ${pathOf(chance, target.path)}${queryOf(chance, target.members)} HTTP/1.1`;
  let head = line;
  for (const [name, value] of [...headers, ['Connection', 'close'] as const]) {
    if (
      head.length + name.length + value.length < HEAD_BYTES_MAX ||
      name === 'Content-Length' ||
      name === 'Connection'
    ) {
      head += `\r\n${name}: ${value}`;
    }
  }
  return { target, bytes: Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), sent]), isIncomplete };
}

function pathOf(chance: Chance, pattern: string): string {
  const path = pattern.replace(/:\w+|\*/g, () => segment(chance));
  switch (chance.between(0, 30)) {
    case 0:
      return path.toUpperCase();
    case 1:
      return `/${path}`;
    case 2:
      return `${path}/`;
    case 3:
      return path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    case 4:
      return `${path}/..${path}/.`;
    case 5:
      return `http://elsewhere.example${path}`;
    case 6:
      return `${path};${'a'.repeat(chance.pick([1, 5000]))}`;
    case 7:
      return `${path}/${segment(chance)}`;
    case 8:
      return chance.pick([
        '*',
        '/',
        '//',
        '///',
        '/%',
        '/%00',
        '/%ff',
        '/%c0%af',
        '/..',
        '?',
        '/\u00e9',
        '\\',
      ]);
    default:
      return path;
  }
}

function segment(chance: Chance): string {
  const text = strangeText(chance, chance.pick([20, 200, 250, 3000]));
  const encoded = percentEncoded(text) || 'x';
  return chance.pick([
    encoded,
    encoded,
    encoded.replaceAll('%', '%25'),
    'reports:viewer',
    '%2e%2e',
    '%00',
    '%ff%fe',
    '%',
    'tok_x',
  ]);
}

function queryOf(chance: Chance, members: readonly string[]): string {
  if (chance.happens(0.6)) return '';
  const names = [
    ...members,
    ...(members.includes('q') ? ['q', 'sort', 'cursor', 'status'] : ['token', 'callbackURL']),
  ];
  const count = chance.pick([1, 2, 3, 1000]);
  const pairs = Array.from({ length: count }, () => {
    const name = chance.happens(0.8) ? chance.pick(names) : percentEncoded(strangeText(chance, 10));
    const value = chance.pick([
      () => percentEncoded(strangeText(chance, count > 10 ? 3 : 800)),
      () => chance.pick(['name', '-last_used_at', 'status', '100', '1e2', '0x10', '%', '%ff', '', '[]']),
      () =>
        Buffer.from(JSON.stringify(['created_at', true, strangeText(chance, 20), 'x'])).toString('base64url'),
    ])();
    return chance.pick([
      `${name}=${value}`,
      `${name}=${value}`,
      `${name}[]=${value}`,
      `${name}[a][b]=${value}`,
      name,
    ]);
  });
  return `?${pairs.join('&').slice(0, 9000)}`;
}

const HEADER_NAMES = [
  ...[
    'Accept',
    'Accept-Encoding',
    'Accept-Language',
    'Cookie',
    'Range',
    'If-None-Match',
    'If-Modified-Since',
    'Referer',
  ],
  ...[
    'User-Agent',
    'Forwarded',
    'Idempotency-Key',
    'Expect',
    'Upgrade',
    'Sec-Fetch-Site',
    'X-Lencana-User',
    'Via',
    'TE',
  ],
  ...[
    'Lencana-Client-Authorization',
    'Authorization',
    'X-Request-Id',
    'X-Real-IP',
    'X-Lencana-Account',
    'Content-Type',
  ],
  ...[
    'X-HTTP-Method-Override',
    '__proto__',
    'Constructor',
    'Priority',
    'Early-Data',
    'Trailer',
    'Date',
    'Max-Forwards',
  ],
];

function strangeHeaders(chance: Chance): [string, string][] {
  if (chance.happens(0.05))
    return Array.from({ length: 2500 }, (_, at) => [`a${at % 10}`, 'b'] as [string, string]);
  const name = chance.pick(HEADER_NAMES);
  const times = chance.pick([1, 1, 1, 2, 50]);
  return Array.from({ length: times }, () => [name, headerValue(chance, name, times)] as [string, string]);
}

function headerValue(chance: Chance, name: string, times: number): string {
  const long = times > 2 ? 100 : 8000;
  if (chance.happens(0.4)) return headerText(chance, long);
  switch (name) {
    case 'Range':
      return chance.pick([
        'bytes=0-',
        `bytes=${'0-1,'.repeat(1500)}`,
        'bytes=-0',
        'bytes=99999999999999999999-',
      ]);
    case 'Accept':
    case 'Accept-Encoding':
    case 'Accept-Language':
      return chance.pick(['*', 'gzip;q=0', 'br', `${'a/b;q=0.1,'.repeat(600)}`, 'identity;q=0, *;q=0']);
    case 'Cookie':
      return Array.from(
        { length: chance.pick([1, 3, 400]) },
        (_, at) => `c${at}=${headerText(chance, 20)}`,
      ).join('; ');
    case 'If-Modified-Since':
      return chance.pick(['Thu, 01 Jan 1970 00:00:00 GMT', 'x', '-1']);
    case 'Expect':
      return chance.pick(['100-continue', '200-ok']);
    case 'Upgrade':
      return chance.pick(['websocket', 'h2c']);
    case 'Authorization':
    case 'Lencana-Client-Authorization':
      return `${chance.pick(['Bearer', 'bearer', 'Basic', 'Digest', ''])} ${headerText(chance, long)}`;
    default:
      return headerText(chance, long);
  }
}

/** What may stand in a header: visible characters, blanks and bytes beyond ASCII; now and then what may not. */
function headerText(chance: Chance, unitsMax: number): string {
  const text = strangeText(chance, unitsMax).replace(/[\r\n\0]/g, ' ');
  const bytes = Buffer.from(text).toString('latin1').slice(0, unitsMax);
  return chance.happens(0.02) ? `${bytes}\0` : bytes;
}

function addressOf(chance: Chance): string {
  const octets = () => Array.from({ length: 4 }, () => chance.between(1, 254)).join('.');
  return chance.pick([
    octets,
    octets,
    octets,
    () => `[2001:db8::${chance.between(1, 9999).toString(16)}]:80`,
  ])();
}

function chunked(chance: Chance, body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const size = Math.min(chance.pick([1, 10, 1000, 4096]), body.length - at, 70_000);
    pieces.push(Buffer.from(`${size.toString(16)}\r\n`), body.subarray(at, at + size), Buffer.from('\r\n'));
    at += size;
    if (pieces.length > 3000) break;
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}
