/** The list of settings: each with its default and its meaning. docs/configuration.md is generated from it. Reads nothing. */
import { DEFAULT_PREFIX } from '@lencana/verifier/node';

type Setting = readonly [fallback: string, meaning: string, kind?: 'secret'];

/** By name. A `secret` may be given by a file, too: see `_FILE` of the same name. */
export const SETTINGS = {
  LENCANA_LISTEN: [
    '127.0.0.1:8080',
    'Address of the public listener: `host:port`, port 0 for a free one, or `unix:/path`.',
  ],
  LENCANA_VERIFY_LISTEN: [
    '127.0.0.1:8081',
    'Address of the verification listener. Off loopback it demands a client credential.',
  ],
  LENCANA_TLS_CERT_FILE: [
    '',
    'Certificate of the public listener, PEM with its chain, which then speaks TLS. Needs LENCANA_TLS_KEY_FILE.',
  ],
  LENCANA_TLS_KEY_FILE: ['', 'Private key of that certificate, PEM without a passphrase.'],
  LENCANA_VERIFY_TLS_CERT_FILE: [
    '',
    'Certificate of the verification listener; may be the same file. Needs LENCANA_VERIFY_TLS_KEY_FILE.',
  ],
  LENCANA_VERIFY_TLS_KEY_FILE: ['', 'Private key of that certificate, PEM without a passphrase.'],
  LENCANA_CONNECTIONS_MAX: [
    '4000',
    'How many connections the public listener holds at once, 10 to 1,000,000. More are closed at once, after those that are idle. Fewer where the system allows fewer open files.',
  ],
  LENCANA_VERIFY_CONNECTIONS_MAX: [
    '10000',
    'The same of the verification listener, for each process that answers it. It always has at least half of the files that may be open.',
  ],
  LENCANA_KEEP_ALIVE_SECONDS: [
    '130',
    'How long a connection to either listener may be idle between two requests, 1 to 3600. Must be longer than a balancer in front keeps idle connections.',
  ],
  LENCANA_WORKERS: [
    '0',
    'How many processes answer the verification listener, 0 to 64; 0: the one that serves the portal answers it too.',
  ],
  LENCANA_DATA_DIR: ['./data', 'Directory of the keys file and the embedded database; made with mode 0700.'],
  LENCANA_DATABASE_URL: [
    '',
    '`postgres://…` for PostgreSQL. Not set: SQLite (`lencana.db`) in the data directory.',
    'secret',
  ],
  LENCANA_DATABASE_URL_FILE: [
    '',
    'File that holds LENCANA_DATABASE_URL, so that its password is in no environment.',
  ],
  LENCANA_PUBLIC_URL: [
    'http://localhost:<port>',
    'Where people open the portal. Links in mails, cookies and passkeys go by it. With a certificate the default is https://.',
  ],
  LENCANA_KEYS_FILE: [
    '<data directory>/keys.json',
    'File of the deployment keys. Made at the first start only in its default place.',
  ],
  LENCANA_KEYS: ['', 'The content of the keys file itself, where secrets come by the environment.', 'secret'],
  LENCANA_PORTAL_NAME: ['Service Portal AI', 'The name in the portal’s header and in mails.'],
  LENCANA_DOCS: [
    '1',
    '`0`: the documentation is closed; its pages, as HTML and as Markdown, are not there. It needs no sign-in otherwise.',
  ],
  LENCANA_TOKEN_PREFIX: [DEFAULT_PREFIX, 'Prefix of new secrets: letters and digits ending in `_`.'],
  LENCANA_TOKENS_PER_HOLDER_MAX: [
    '1000',
    'How many tokens one account may have, 1 to 100,000. Each counts until it is deleted, expired ones too. Who has more keeps them and makes no others.',
  ],
  LENCANA_DELETED_KEPT_DAYS: [
    '90',
    'How long a deleted token stays in the list of deleted ones, in days, 1 to 3650. The audit trail keeps its deletion.',
  ],
  LENCANA_SIGN_UP: [
    'invitation',
    'Who may sign up after the first administrator: `invitation`, `domains:example.com,example.org` (needs mail) or `open`.',
  ],
  LENCANA_SESSION_DAYS: [
    '30',
    'How many days after its sign-in a session ends in any case, 1 to 365. Unused for a week it ends sooner.',
  ],
  LENCANA_SMTP_URL: [
    '',
    '`smtp://user:password@host:port` or `smtps://…`. Not set: no mail is sent.',
    'secret',
  ],
  LENCANA_SMTP_URL_FILE: ['', 'File that holds LENCANA_SMTP_URL, so that its password is in no environment.'],
  LENCANA_MAIL_FROM: [
    '',
    'Sender of mails, e.g. `Service Portal AI <portal@example.com>`. Needed with LENCANA_SMTP_URL.',
  ],
  LENCANA_TRUSTED_PROXIES: [
    '',
    'Addresses or CIDR ranges, separated by commas, whose X-Forwarded-For names the client; `unix` for whoever reaches a socket file.',
  ],
  LENCANA_DATABASE_NOTIFY: [
    '',
    '`0`: do not listen for notifications of PostgreSQL, so that changes are found by the next sync. `1`: listen behind a pooler too, which must be in session mode. Not set: listen unless a pooler stands between.',
  ],
  LENCANA_FRESHNESS_SECONDS: [
    '1',
    'S, 0.1 to 60: how long a verdict may be given from memory after a look at the database. A deletion answers S and a twentieth of a second after it was made, and the service stops S after it lost the database.',
  ],
  LENCANA_VERIFY_OPEN: [
    '',
    '`1`: the verification listener demands no client credential off loopback either (a private network).',
  ],
  LENCANA_LOG_LEVEL: [
    'info',
    '`trace`, `debug`, `info`, `warn`, `error` or `fatal`. Logs go to stderr as JSON lines.',
  ],
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
