import { describe, expect, test } from 'vitest';
import { ConfigError } from './config/readers.ts';
import { readConfig } from './config.ts';

test('nothing set is a whole configuration: loopback, SQLite, sign-up by invitation, no mail', () => {
  expect(readConfig({})).toMatchObject({
    listen: { kind: 'tcp', host: '127.0.0.1', port: 8080 },
    verifyListen: { kind: 'tcp', host: '127.0.0.1', port: 8081 },
    tls: null,
    verifyTls: null,
    workers: 0,
    store: { kind: 'sqlite' },
    publicUrl: null,
    portalName: 'Service Portal AI',
    tokenPrefix: 'cldkctl_',
    signUp: { mode: 'invitation' },
    mail: null,
    trustedProxies: [],
    verifyOpen: false,
  });
});

test('an empty setting is one that is not set', () => {
  expect(readConfig({ LENCANA_PUBLIC_URL: ' ', LENCANA_LISTEN: '' })).toEqual(readConfig({}));
});

test.each([
  ['LENCANA_LISTEN', '[::1]:0', { listen: { kind: 'tcp', host: '::1', port: 0 } }],
  ['LENCANA_LISTEN', 'unix:/run/lencana.sock', { listen: { kind: 'unix', path: '/run/lencana.sock' } }],
  ['LENCANA_DATABASE_URL', 'postgres://h/d', { store: { kind: 'postgres', url: 'postgres://h/d' } }],
  ['LENCANA_TOKEN_PREFIX', 'acme_', { tokenPrefix: 'acme_' }],
  ['LENCANA_SIGN_UP', 'open', { signUp: { mode: 'open' } }],
  [
    'LENCANA_SIGN_UP',
    'domains:Example.com, bücher.example',
    { signUp: { mode: 'domains', domains: ['example.com', 'xn--bcher-kva.example'] } },
  ],
  ['LENCANA_VERIFY_OPEN', '1', { verifyOpen: true }],
  ['LENCANA_WORKERS', '4', { workers: 4 }],
])('%s=%s is kept', (setting, value, expected) => {
  expect(readConfig({ [setting]: value })).toMatchObject(expected);
});

describe('a setting that cannot be kept is refused by its name:', () => {
  test.each([
    ['LENCANA_LISTEN', 'nowhere at all'],
    ['LENCANA_LISTEN', '127.0.0.1:99999'],
    ['LENCANA_VERIFY_LISTEN', '8081'],
    ['LENCANA_PUBLIC_URL', 'ftp://portal.example'],
    ['LENCANA_PUBLIC_URL', 'portal'],
    ['LENCANA_DATABASE_URL', 'mysql://localhost/x'],
    ['LENCANA_TOKEN_PREFIX', 'no underscore'],
    ['LENCANA_TOKEN_PREFIX', 'naïve_'],
    ['LENCANA_SIGN_UP', 'whoever'],
    ['LENCANA_SIGN_UP', 'domains:example.com,,'],
    ['LENCANA_SIGN_UP', 'domains:localhost'],
    ['LENCANA_SIGN_UP', 'domains:example.com/path'],
    ['LENCANA_SMTP_URL', 'http://mail.example'],
    ['LENCANA_TRUSTED_PROXIES', 'the.neighbour'],
    ['LENCANA_FRESHNESS_SECONDS', '3600'],
    ['LENCANA_FRESHNESS_SECONDS', 'soon'],
    ['LENCANA_VERIFY_OPEN', 'perhaps'],
    ['LENCANA_WORKERS', '-1'],
    ['LENCANA_WORKERS', '1.5'],
    ['LENCANA_WORKERS', '65'],
    ['LENCANA_LOG_LEVEL', 'loud'],
  ])('%s=%s', (setting, value) => {
    const read = () => readConfig({ [setting]: value });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(setting);
  });
});
