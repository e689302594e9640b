/**
 * The accounts room on a fresh database, for tests: a browser with a cookie jar, the operator's hands, the
 * log and the audit trail.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createDatabase } from '../../../../tests/postgres.ts';
import { operatorBy } from '../core/access/actor.ts';
import { openStore, type Store } from '../store/engines/open-store.ts';
import { type Accounts, type AccountsSettings, createAccounts } from './accounts.ts';
import type { Peer, SignUpMode } from './admission.ts';
import { createMailer } from './mail.ts';
import { type SmtpUnderTest, startSmtp } from './smtp-under-test.ts';

export const DIALECTS = ['sqlite', 'postgres'] as const;
export type Dialect = (typeof DIALECTS)[number];

export const OPERATOR_ACTOR = operatorBy('lencana user');
export const PASSWORD = 'Correct-Horse-1-Battery';
export const OTHER_PASSWORD = 'Wholly-Other-2-Staple';
export const SETUP_CODE = 'K7QM-2XPA-9RTD-4WLE';
const LOOPBACK = { address: '127.0.0.1' };

export type PortalOptions = {
  readonly publicUrl?: string;
  readonly signUp?: SignUpMode;
  readonly mail?: 'works' | 'refuses';
  readonly nowMs?: () => number;
  readonly addressLimits?: AccountsSettings['addressLimits'];
  readonly answerAfterMs?: number;
  /** Default: 30 days. */
  readonly sessionLifetimeMs?: number;
};

export type Browser = {
  readonly cookies: Map<string, string>;
  /** Name and attributes of each cookie in the last answer, as sent. */
  readonly setCookies: string[];
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>;
  readonly headers: () => Headers;
};

export type Answer = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
};

export type Portal = {
  readonly accounts: Accounts;
  readonly store: Store;
  readonly smtp: SmtpUnderTest | null;
  readonly logged: () => string;
  readonly browser: (peer?: Peer) => Browser;
  /** Actions in the audit trail, oldest first. */
  readonly audit: () => Promise<AuditRow[]>;
  /** Another node on the same database. */
  readonly anotherNode: (options?: PortalOptions) => Promise<Portal>;
  readonly close: () => Promise<void>;
};

export type AuditRow = {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly via: string | null;
  readonly address: string | null;
  readonly details: string;
};

type Location = Parameters<typeof openStore>[0];

export async function openPortal(dialect: Dialect, options: PortalOptions = {}): Promise<Portal> {
  const secret = randomBytes(32);
  if (dialect === 'postgres') {
    const url = await createDatabase(inject('postgresUrl'));
    return openNode({ kind: 'postgres', url }, secret, options, () => undefined);
  }
  const folder = mkdtempSync(join(tmpdir(), 'lencana-accounts-'));
  const file = join(folder, 'lencana.db');
  return openNode({ kind: 'sqlite', file }, secret, options, () => rmSync(folder, { recursive: true }));
}

async function openNode(
  location: Location,
  secret: Uint8Array,
  options: PortalOptions,
  tidy: () => void,
): Promise<Portal> {
  const { publicUrl = 'http://localhost:8080', signUp = { mode: 'open' }, mail } = options;
  const store = openStore(location, () => undefined);
  await store.migrate();
  const lines: string[] = [];
  const record = (...said: unknown[]) =>
    void lines.push(
      said.map((part) => (part instanceof Error ? part.stack : JSON.stringify(part))).join(' '),
    );
  const log = { info: record, warn: record, error: record };
  const smtp = mail ? await startSmtp({ refuse: mail === 'refuses' }) : null;
  const accounts = await createAccounts({
    store,
    config: {
      publicUrl,
      portalName: 'Service Portal AI',
      signUp,
      sessionLifetimeMs: options.sessionLifetimeMs ?? 30 * 24 * 3600 * 1000,
    },
    log,
    mailer: smtp && createMailer({ smtpUrl: smtp.url, from: 'Portal <portal@example.com>', log }),
    secret,
    setupCode: async () => SETUP_CODE,
    finality: { settled: async () => Date.parse('2027-01-15T08:00:00Z') },
    answerAfterMs: options.answerAfterMs ?? 0,
    ...(options.nowMs && { nowMs: options.nowMs }),
    ...(options.addressLimits && { addressLimits: options.addressLimits }),
  });
  return {
    accounts,
    store,
    smtp,
    logged: () => lines.join('\n'),
    browser: (peer = LOOPBACK) => openBrowser(accounts, publicUrl, peer),
    audit: () => readAudit(store),
    anotherNode: (more = options) => openNode(location, secret, more, () => undefined),
    close: async () => {
      await accounts.settled();
      await smtp?.close();
      await store.close();
      tidy();
    },
  };
}

async function readAudit(store: Store): Promise<AuditRow[]> {
  const rows = await store.kysely.selectFrom('audit_events').selectAll().orderBy('id').execute();
  return rows.map((row) => ({
    actor: row.actor_kind,
    action: row.action,
    subject: `${row.subject_kind}:${row.subject_id}`,
    via: row.via,
    address: row.address,
    details: row.details,
  }));
}

function openBrowser(accounts: Accounts, publicUrl: string, peer: Peer): Browser {
  const cookies = new Map<string, string>();
  const setCookies: string[] = [];
  const headers = () =>
    new Headers(
      cookies.size ? { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {},
    );
  const send = async (method: string, path: string, body: unknown, more: Record<string, string>) => {
    const sent = headers();
    sent.set('user-agent', 'test browser');
    if (method === 'POST') {
      sent.set('origin', new URL(publicUrl).origin);
      sent.set('content-type', 'application/json');
    }
    for (const [name, value] of Object.entries(more)) {
      if (value === '') sent.delete(name);
      else sent.set(name, value);
    }
    const url = new URL(`/api/auth${path}`, publicUrl);
    const response = await accounts.handler(
      new Request(url, { method, headers: sent, ...(method === 'POST' && { body: JSON.stringify(body) }) }),
      peer,
    );
    setCookies.splice(0, setCookies.length, ...response.headers.getSetCookie());
    keepCookies(cookies, setCookies);
    const text = await response.text();
    const parsed: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {};
    return { status: response.status, body: parsed as Record<string, unknown>, headers: response.headers };
  };
  return {
    cookies,
    setCookies,
    headers,
    get: (path, more = {}) => send('GET', path, undefined, more),
    post: (path, body, more = {}) => send('POST', path, body, more),
  };
}

function keepCookies(jar: Map<string, string>, setCookies: readonly string[]): void {
  for (const line of setCookies) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0(?:;|$)/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
}

/** A sign-up form that breaks no rule. */
export const form = (email: string, more: Record<string, unknown> = {}) => ({
  name: 'Ayu Lestari',
  email,
  password: PASSWORD,
  phoneNumber: '+62 812 3456 7890',
  ...more,
});

/** What a mailed link carries in its fragment, which a browser keeps to itself. */
export const linkValue = (link: string, name: string): string =>
  new URLSearchParams(new URL(link).hash.slice(1)).get(name) ?? '';

/** Signs the first administrator up in a new browser, so that the portal is set up. */
export async function setUp(portal: Portal, email = 'admin@example.com'): Promise<Browser> {
  const browser = portal.browser();
  const answer = await browser.post('/sign-up/email', form(email, { setupCode: SETUP_CODE }));
  if (answer.status !== 200) throw new Error(`set-up failed: ${JSON.stringify(answer.body)}`);
  return browser;
}
