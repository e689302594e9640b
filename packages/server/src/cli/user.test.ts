/** `lencana user …` as the operator types it, on both engines. */
import { Command, CommanderError } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { unmetPasswordRules } from '../accounts/password-rules.ts';
import {
  DIALECTS,
  OTHER_PASSWORD,
  openPortal,
  PASSWORD,
  type Portal,
} from '../accounts/portal-under-test.ts';
import { registerUserCommands } from './user.ts';

type Ran = { code: number; out: string; err: string };

describe.each(DIALECTS)('lencana user on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  /** An underscore stands for a space inside a word. */
  async function run(line: string, stdin = ''): Promise<Ran> {
    const ran: Ran = { code: 0, out: '', err: '' };
    const complain = (text: string) => {
      ran.err += text;
    };
    const program = new Command().exitOverride().configureOutput({ writeErr: complain });
    registerUserCommands(
      program,
      async () => ({
        accounts: async () => portal.accounts,
        [Symbol.asyncDispose]: portal.accounts.settled,
      }),
      {
        readStdin: async () => stdin,
        print: (text) => {
          ran.out += `${text}\n`;
        },
        complain: (text) => complain(`${text}\n`),
        exitWith: (code) => {
          ran.code = code;
        },
      },
    );
    const words = line.split(' ').map((word) => word.replaceAll('_', ' '));
    try {
      await program.parseAsync(['user', ...words], { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      ran.code = 2;
    }
    return ran;
  }
  const signIn = async (email: string, password: string) => {
    const browser = portal.browser();
    return { browser, status: (await browser.post('/sign-in/email', { email, password })).status };
  };

  it('create makes an account that signs in at once, mail server or not', async () => {
    portal = await openPortal(dialect, { mail: 'works' });
    const ran = await run(
      'create --email Ayu@Example.com --name Ayu_Lestari --phone +628123456789 --password-stdin --admin',
      `${PASSWORD}\n`,
    );
    expect(ran).toEqual({ code: 0, out: 'Made ayu@example.com, administrator.\n', err: '' });
    const { browser, status } = await signIn('ayu@example.com', PASSWORD);
    expect(status).toBe(200);
    expect((await portal.accounts.sessionFrom(browser.headers()))?.user).toMatchObject({
      role: 'administrator',
      name: 'Ayu Lestari',
      emailVerified: true,
    });
    expect(await run('create --email ayu@example.com --name B --password-stdin', PASSWORD)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^lencana: There is an account for ayu@example\.com already\..*\n$/),
    });
  });

  it('create refuses what no form would take, in one line, and makes nothing', async () => {
    portal = await openPortal(dialect);
    for (const [line, stdin, says] of [
      ['create --email x --name Ayu --password-stdin', PASSWORD, 'e-mail address'],
      ['create --email a@x.co --name _ --password-stdin', PASSWORD, 'name'],
      ['create --email a@x.co --name Ayu --phone 1 --password-stdin', PASSWORD, 'phone'],
      [
        'create --email a@x.co --name Ayu --password-stdin',
        'weak',
        'The password needs at least 14 characters',
      ],
      ['create --email a@x.co --name Ayu --password-stdin', '', 'No password'],
    ] as const) {
      const ran = await run(line, stdin);
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(ran.err).toContain(says);
      expect(ran.err.trim().split('\n')).toHaveLength(1);
    }
    expect(await portal.store.kysely.selectFrom('users').selectAll().execute()).toEqual([]);
  });

  it('says with code 2 how a command is used', async () => {
    portal = await openPortal(dialect);
    for (const line of [
      'create --name x --password-stdin',
      'create --email a@x.co --name x',
      'invite --email a@x.co --role king',
      'edit --email a@x.co',
      'edit --email a@x.co --activate --deactivate',
      'reset-password',
    ]) {
      expect((await run(line)).code).toBe(2);
    }
  });

  it('reset-password sets a new one, ends every session and lets a locked account in', async () => {
    portal = await openPortal(dialect);
    await run('create --email ayu@example.com --name Ayu --password-stdin', PASSWORD);
    const { browser } = await signIn('ayu@example.com', PASSWORD);
    for (let wrong = 0; wrong < 11; wrong += 1) await signIn('ayu@example.com', OTHER_PASSWORD);
    const made = await run('reset-password --email ayu@example.com --json');
    const { password } = JSON.parse(made.out) as { password: string };
    expect(unmetPasswordRules(password)).toEqual([]);
    expect(await portal.accounts.sessionFrom(browser.headers())).toBeNull();
    expect((await signIn('ayu@example.com', password)).status).toBe(200);
    const given = await run(
      'reset-password --email ayu@example.com --password-stdin',
      `${OTHER_PASSWORD}\r\n`,
    );
    expect(given).toMatchObject({ code: 0, err: '' });
    expect(given.out).not.toContain(OTHER_PASSWORD);
    expect((await signIn('ayu@example.com', OTHER_PASSWORD)).status).toBe(200);
    expect(await run('reset-password --email nobody@example.com')).toMatchObject({
      code: 1,
      out: '',
      err: 'lencana: There is no account for nobody@example.com.\n',
    });
  });

  it('invite prints a link that lets exactly that person in', async () => {
    portal = await openPortal(dialect, { signUp: { mode: 'invitation' } });
    const ran = await run('invite --email guest@example.com --role viewer');
    expect(ran.out).toMatch(/^http:\/\/localhost:8080\/sign-up#invitation=[\w-]+\n$/);
    const invitation = new URL(ran.out.trim()).hash.slice('#invitation='.length);
    const answer = await portal.browser().post('/sign-up/email', {
      name: 'Guest',
      email: 'guest@example.com',
      password: PASSWORD,
      phoneNumber: '+628123456789',
      invitation,
    });
    expect(answer).toMatchObject({ status: 200, body: { user: { role: 'viewer' } } });
    expect(JSON.parse((await run('invite --email b@example.com --json')).out)).toMatchObject({
      mailed: false,
      url: expect.any(String),
    });
  });

  it('edit changes roles, closes and opens accounts, and keeps the last administrator', async () => {
    portal = await openPortal(dialect);
    await run('create --email one@example.com --name One --password-stdin --admin', PASSWORD);
    for (const line of ['--role member', '--deactivate']) {
      const ran = await run(`edit --email one@example.com ${line}`);
      expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('last active administrator') });
    }
    await run('create --email two@example.com --name Two --password-stdin', PASSWORD);
    expect(await run('edit --email two@example.com --role administrator')).toMatchObject({
      code: 0,
      out: 'two@example.com has the role administrator, everywhere since 2027-01-15T08:00:00.000Z.\n',
    });
    const edited = await run('edit --email one@example.com --deactivate --json');
    expect(JSON.parse(edited.out)).toMatchObject({ role: 'administrator', active: false });
    expect((await signIn('one@example.com', PASSWORD)).status).toBe(403);
    expect((await run('edit --email two@example.com --deactivate')).code).toBe(1);
    expect((await run('edit --email one@example.com --activate')).code).toBe(0);
    expect((await signIn('one@example.com', PASSWORD)).status).toBe(200);
  });
});
