/**
 * The account tables against better-auth's own idea of them, and the audit trail that they write by
 * themselves.
 */
import { getMigrations } from 'better-auth/db/migration';
import { afterEach, describe, expect, it } from 'vitest';
import { authOptions } from './auth.ts';
import {
  DIALECTS,
  form,
  OPERATOR_ACTOR,
  OTHER_PASSWORD,
  openPortal,
  PASSWORD,
  type Portal,
  setUp,
} from './portal-under-test.ts';

describe.each(DIALECTS)('account tables on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  it('leave nothing for better-auth to migrate', async () => {
    portal = await openPortal(dialect);
    const options = authOptions({
      store: portal.store,
      secret: 'x'.repeat(43),
      publicUrl: new URL('http://localhost:8080'),
      portalName: 'Portal',
      cookiePrefix: 'lencana',
      log: { warn: () => undefined, error: () => undefined },
      mailed: false,
      nowMs: Date.now,
    });
    const warned: string[] = [];
    const plan = await getMigrations({
      ...options,
      logger: { level: 'warn', log: (_level: string, message: string) => void warned.push(message) },
      database: { db: portal.store.kysely, type: dialect },
    });
    const { toBeCreated, toBeAdded, toBeAddedIndexes, unsafeChanges, schemaProblems } = plan;
    expect({ toBeCreated, toBeAdded, toBeAddedIndexes, unsafeChanges, schemaProblems, warned }).toEqual({
      toBeCreated: [],
      toBeAdded: [],
      toBeAddedIndexes: [],
      unsafeChanges: [],
      schemaProblems: [],
      warned: [],
    });
  });

  it('write every change into the audit trail, with who and from where, and no secret', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const session = await portal.accounts.sessionFrom(browser.headers());
    await browser.post('/update-user', { name: 'Ayu L.', phoneNumber: '+62 812 0000 0000' });
    await browser.post('/change-password', { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD });
    await browser.post('/sign-out', {});
    await portal.accounts.users.edit('admin@example.com', { active: true }, OPERATOR_ACTOR);
    const rows = await portal.audit();
    expect(rows.map(({ action }) => action)).toEqual([
      'portal.set-up',
      'user.create',
      'user.link',
      'session.start',
      'user.edit',
      'user.password',
      'session.end',
      'session.start',
      'session.end',
    ]);
    const id = session?.user.id;
    expect(rows.every(({ actor, address }) => actor === 'user' && address === '127.0.0.1')).toBe(true);
    expect(rows[4]).toMatchObject({ subject: `user:${id}` });
    expect(rows[4]).toMatchObject({ via: '/update-user' });
    expect(JSON.parse(rows[4]?.details ?? '')).toEqual({ changed: ['name', 'phone_number'] });
    const stored = await portal.store.kysely.selectFrom('audit_events').selectAll().orderBy('id').execute();
    const whole = JSON.stringify(stored);
    expect(
      stored.every((row) => row.actor_id === id && row.on_behalf_of === id && row.way === 'portal'),
    ).toBe(true);
    const { before_json, after_json, session_id, agent } = stored[4] ?? {};
    expect([session_id, agent]).toEqual([session?.sessionId, 'test browser']);
    expect(JSON.parse(before_json ?? '')).toEqual({ name: 'Ayu Lestari', phone_number: '+6281234567890' });
    expect(JSON.parse(after_json ?? '')).toEqual({ name: 'Ayu L.', phone_number: '+6281200000000' });
    for (const secret of [PASSWORD, OTHER_PASSWORD, 'argon2', ...browser.cookies.values()]) {
      expect(whole).not.toContain(secret);
    }
  });

  it('keep no trace of a change that was undone', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    const before = (await portal.audit()).length;
    const answer = await portal.browser().post('/sign-up/email', form('admin@example.com'));
    expect(answer).toMatchObject({ status: 422, body: { code: 'USER_ALREADY_EXISTS' } });
    expect((await portal.audit()).length).toBe(before);
  });

  it('name the operator for what the command line does', async () => {
    portal = await openPortal(dialect);
    await portal.accounts.users.create(
      {
        name: 'Budi',
        email: 'budi@example.com',
        phoneNumber: null,
        role: 'administrator',
        password: PASSWORD,
      },
      OPERATOR_ACTOR,
    );
    const rows = await portal.audit();
    expect(rows.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'operator user.create',
      'operator portal.set-up',
      'operator user.link',
    ]);
    expect(rows[0]).toMatchObject({ via: 'lencana user' });
  });

  it('hold an address once, whatever its case', async () => {
    portal = await openPortal(dialect);
    await setUp(portal, 'Ayu@Example.com');
    const answer = await portal.browser().post('/sign-up/email', form('AYU@example.COM'));
    expect(answer.body).toMatchObject({ code: 'USER_ALREADY_EXISTS' });
    const users = await portal.store.kysely.selectFrom('users').select('email').execute();
    expect(users).toMatchObject([{ email: 'ayu@example.com' }]);
  });
});
