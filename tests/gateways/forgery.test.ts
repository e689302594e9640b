/** What a client can write into a request, against the gateway as the documentation prints it: the service believes the verifier only. */
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  IDENTITY_HEADERS,
  RESERVED_HEADERS,
} from '../../packages/server/src/http/verification/identity-headers.ts';
import { bearer } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { type PrintedGateway, type Reached, startPrintedGateway } from './printed-gateway.ts';

let lencana: ServerProcess;
let gateway: PrintedGateway;
/** May read only: the place below /reports is not open to it. */
let viewer: string;
let identity: Map<string, string>;

beforeAll(async () => {
  lencana = await startServer();
  gateway = await startPrintedGateway(new URL(lencana.verificationUrl).host);
  const person = ['--email', 'budi@example.com'];
  await command(
    ['user', 'create', ...person, '--name', 'Budi', '--password-stdin'],
    'Correct-Horse-7-Battery',
  );
  await command(['user', 'edit', ...person, '--role', 'viewer']);
  viewer = JSON.parse(await command(['token', 'create', ...person, '--name', 'read', '--json'])).secret;
  const answer = await fetch(`${lencana.verificationUrl}/verify`, { headers: bearer(viewer) });
  identity = new Map(IDENTITY_HEADERS.map((name) => [name.toLowerCase(), answer.headers.get(name) ?? '']));
});
afterAll(async () => {
  await gateway?.stop();
  await lencana?.kill();
});

async function command(args: string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await lencana.cli(args, input);
  expect(code, stderr).toBe(0);
  return stdout;
}

const request = (target: string, ...headers: string[]) => [
  `GET ${target} HTTP/1.1`,
  'Host: service.example',
  'Connection: close',
  `Authorization: Bearer ${viewer}`,
  ...headers,
];

/** What a service makes of a name: many read `_` and `-` alike, and none knows upper case from lower. */
const canonical = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');

/** Headers of our names, and of those that say who asks and where, as the service reads them: lists of values. */
function told({ rawHeaders }: Reached): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = canonical(rawHeaders[at] ?? '');
    found.set(name, [...(found.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  return found;
}

function expectOnlyTheVerifiersWord(reached: Reached | null, forged: string) {
  if (reached === null) throw new Error('the service was not asked');
  const headers = told(reached);
  const ours = [...headers].filter(([name]) => name.startsWith('x-lencana'));
  expect(new Map(ours)).toEqual(new Map([...identity].map(([name, value]) => [name, [value]])));
  expect(headers.get('x-forwarded-for')).toEqual(['127.0.0.1']);
  expect(headers.get('host')).toEqual(['localhost']);
  expect(headers.get('authorization')).toBeUndefined();
  expect(JSON.stringify(reached.rawHeaders)).not.toContain(forged);
  expect(JSON.stringify(reached.rawHeaders)).not.toContain(viewer);
}

test('an answer 200 holds each identity header, always, and no other of our names', async () => {
  for (const path of ['/verify', '/verify/reports:viewer']) {
    const answer = await fetch(`${lencana.verificationUrl}${path}`, { headers: bearer(viewer) });
    const names = [...answer.headers.keys()].filter((name) => name.startsWith('x-lencana'));
    expect(names.sort()).toEqual(IDENTITY_HEADERS.map((name) => name.toLowerCase()).sort());
    for (const name of names) expect(answer.headers.get(name), name).toMatch(/./);
  }
});

describe('a client that claims to be somebody', () => {
  const value = 'forged-value';
  const spellings: [string, (name: string) => string[]][] = [
    ['once', (name) => [`${name}: ${value}`]],
    ['twice', (name) => [`${name}: ${value}`, `${name}: ${value}-again`]],
    ['in lower case', (name) => [`${name.toLowerCase()}: ${value}`]],
    ['in upper case', (name) => [`${name.toUpperCase()}: ${value}`]],
    ['with underscores', (name) => [`${name.replaceAll('-', '_')}: ${value}`]],
    ['with one underscore', (name) => [`${name.replace('-', '_')}: ${value}`]],
    ['with its last hyphen as an underscore', (name) => [`${name.replace(/-(?=[^-]*$)/, '_')}: ${value}`]],
    ['with dots', (name) => [`${name.replaceAll('-', '.')}: ${value}`]],
    ['with a blank before the colon', (name) => [`${name} : ${value}`]],
    ['on a folded line', (name) => ['X-Note: a', ` ${name}: ${value}`]],
    ['named as belonging to the connection', (name) => [`Connection: close, ${name}`, `${name}: ${value}`]],
    [
      'in a trailer',
      (name) => ['Transfer-Encoding: chunked', `Trailer: ${name}`, '', '0', `${name}: ${value}`],
    ],
    ['with nothing in it', (name) => [`${name}:`]],
    ['after a bare carriage return', (name) => [`X-Note: a\r${name}: ${value}`]],
  ];
  const names = [...IDENTITY_HEADERS, ...RESERVED_HEADERS];

  test.each(spellings)('%s, under each of our names, is not believed', async (_, spell) => {
    let asked = 0;
    for (const name of names) {
      const { status, reached } = await gateway.ask(request('/whoami', ...spell(name)));
      // A request that is invalid may be refused.
      if (status === 400) continue;
      asked++;
      expect([name, status]).toEqual([name, 200]);
      expectOnlyTheVerifiersWord(reached, value);
    }
    expect(asked === names.length || asked === 0).toBe(true);
  });

  test.each([
    'X-Forwarded-For: forged-value',
    'X-Forwarded-For: 203.0.113.9, forged-value',
    'X_Forwarded_For: forged-value',
    'X-Forwarded-Host: forged-value',
    'X-Forwarded-Prefix: /forged-value',
    'X-Real-IP: forged-value',
    'Forwarded: for=forged-value',
    'X-Original-URL: /reports/forged-value',
    'X-Original-URI: /reports/forged-value',
    'X-Rewrite-URL: /reports/forged-value',
    'Lencana-Client-Authorization: Basic forged-value',
    'Proxy-Connection: forged-value',
  ])('%s', async (line) => {
    const { status, reached } = await gateway.ask(request('/whoami', line));
    expect(status).toBe(200);
    if (line.startsWith('Proxy-Connection')) return expect(reached?.target).toBe('/whoami');
    expectOnlyTheVerifiersWord(reached, 'forged-value');
  });

  test('two Host headers, or one that is no host, reach no service as they are', async () => {
    for (const host of ['evil.example', 'evil.example:99', 'localhost, evil.example']) {
      const { status, reached } = await gateway.ask([
        'GET /whoami HTTP/1.1',
        `Host: ${host}`,
        'Connection: close',
        `Authorization: Bearer ${viewer}`,
      ]);
      if (status !== 400) expectOnlyTheVerifiersWord(reached, 'evil.example');
    }
  });
});

describe('a place that needs a scope', () => {
  /** How services read paths: without case, without the last slash, decoded, resolved, some of them all at once. */
  function placesOf(target: string): string[] {
    const [path = ''] = target.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/);
    const readings = new Set<string>([path]);
    const steps: ((path: string) => string)[] = [
      (text) => text.toLowerCase().normalize('NFKC'),
      (text) => decodedPath(text),
      (text) => text.replaceAll('\\', '/'),
      (text) => text.replaceAll(/;[^/]*/g, ''),
      (text) => text.replaceAll(/\/{2,}/g, '/'),
      (text) => new URL(text.replaceAll(/[?#]/g, ''), 'http://x/').pathname,
      (text) => text.replace(/[ .]+(?=\/|$)/g, ''),
      (text) => text.split(/[?#]/)[0] ?? '',
      (text) => text.replaceAll(/[\0-\x20\x7f]/g, ''),
    ];
    for (let round = 0; round < 4; round++) {
      for (const reading of [...readings]) for (const step of steps) readings.add(tried(step, reading));
    }
    return [...readings];
  }

  const tried = (step: (text: string) => string, text: string) => {
    try {
      return step(text);
    } catch {
      return text;
    }
  };
  const decodedPath = (text: string) => decodeURIComponent(text);

  const leadsToReports = (target: string) =>
    placesOf(target).some((place) => /^\/*reports(\/|$)/i.test(place));

  const names = [
    'reports',
    'Reports',
    'REPORTS',
    '%72eports',
    'r%65ports',
    '%2572eports',
    'report%C5%BF',
    'reports.',
  ];
  const befores = [
    '/',
    '//',
    '/./',
    '/x/../',
    '/%2e/',
    '/x/%2e%2e/',
    '/x/..%2f',
    '/%2f',
    '/\\',
    '/x\\..\\',
    '/;/',
    '/x;y/../',
    '/%5c',
    'http://service.example/',
    '/%00',
    '/%20',
    '/x/..;/',
  ];
  const afters = [
    '/',
    '',
    '/1',
    '//',
    '/.',
    ';x=1/',
    ';/',
    '%2F',
    '%2f1',
    '%3f',
    '?x',
    '/?x',
    '#',
    '%20',
    '%00',
    '.',
    '/..%2freports/',
    '\\',
    '%5c1',
    '%3b/',
    '%0d%0aX-Lencana-Scopes:%20*:editor',
  ];
  const targets = befores.flatMap((before) =>
    names.flatMap((name) => afters.map((after) => `${before}${name}${after}`)),
  );

  test('is reached by none of its spellings with a token that lacks the scope', async () => {
    let refused = 0;
    for (const target of targets) {
      const { status, reached } = await gateway.ask(request(target));
      if (reached === null) {
        expect([target, status >= 400 && status < 500]).toEqual([target, true]);
        refused++;
        continue;
      }
      expect(status, target).toBe(200);
      expect([target, reached.target, leadsToReports(reached.target)]).toEqual([
        target,
        reached.target,
        false,
      ]);
      expectOnlyTheVerifiersWord(reached, 'editor-forged');
    }
    expect(refused).toBeGreaterThan(targets.length / 2);
  }, 300_000);

  test('refuses by 403, with the scope that is missing in the challenge', async () => {
    for (const target of ['/reports', '/reports/', '/Reports/1', '/%72eports/?x']) {
      const { status, head, reached } = await gateway.ask(request(target));
      expect([target, status, reached]).toEqual([target, 403, null]);
      expect(head).toContain('scope="reports:editor"');
    }
  });

  test('lets ordinary paths through to the service as the client wrote them', async () => {
    for (const target of [
      '/',
      '/a/b-c_d~e.json?x=//..%2f;',
      '/%C3%A5?q=%25',
      '/reportsx',
      '/x/reports',
      '/.well-known/x',
    ]) {
      const { status, reached } = await gateway.ask(request(target));
      expect([target, status, reached?.target]).toEqual([target, 200, target]);
    }
  });
});

describe('a verifier that is not there', () => {
  test.each([
    ['refuses connections', null],
    ['takes the question and never answers', () => createServer(() => undefined)],
    ['takes the connection and says nothing', () => createTcpServer(() => undefined)],
    ['closes the connection', () => createTcpServer((socket) => socket.destroy())],
    ['answers with nonsense', () => createTcpServer((socket) => socket.end('no http at all\r\n\r\n'))],
    [
      'answers by a redirect',
      () => createServer((_, answer) => answer.writeHead(302, { location: '/' }).end()),
    ],
    ['answers by 500', () => createServer((_, answer) => answer.writeHead(500).end())],
  ])('that %s lets nobody in, and says so soon', async (_, make) => {
    const server = make?.() ?? createTcpServer();
    const sockets = new Set<{ destroy(): void }>();
    server.on('connection', (socket: { destroy(): void }) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as AddressInfo;
    if (make === null) await new Promise((resolve) => server.close(resolve));
    const alone = await startPrintedGateway(`127.0.0.1:${port}`);
    try {
      const answer = await alone.ask(request('/whoami'));
      expect(answer).toMatchObject({ status: 503, reached: null });
      expect(answer.head).toMatch(/retry-after: 1/i);
    } finally {
      await alone.stop();
      for (const socket of sockets) socket.destroy();
      if (make !== null) await new Promise((resolve) => server.close(resolve));
    }
  });
});
