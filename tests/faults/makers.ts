/** Makes holders and tokens as anybody does: through a node's public API. undefined: it was not made, or nobody knows. */
import { randomBytes, randomInt } from 'node:crypto';
import type { HttpClient, Reply } from './http-client.ts';
import type { Token } from './ledger.ts';
import { pick } from './pick.ts';
import type { Stage } from './stage.ts';

export type Holder = {
  readonly id: string;
  readonly email: string;
  /** Headers of its session. */
  readonly session: Readonly<Record<string, string>>;
  /** Headers of a token of its own, which is taken away with the holder only. */
  readonly manager: Readonly<Record<string, string>>;
};

export type MadeToken = Pick<Token, 'id' | 'secret' | 'holderId'>;

export type Makers = {
  holder(): Promise<Holder | undefined>;
  token(holder: Holder): Promise<MadeToken | undefined>;
};

/** Has what the rules ask for, and more than enough that nobody guesses. */
export const newPassword = (): string => `Aa1-${randomBytes(16).toString('base64url')}`;

const ASK_WITHIN_MS = 5000;

export function createMakers(stage: Stage, http: HttpClient): Makers {
  async function post(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: unknown,
  ): Promise<Reply | null> {
    const { server } = pick(stage.nodes);
    const { reply } = await http.ask(
      {
        url: `${server.localUrl}${path}`,
        method: 'POST',
        headers: { origin: server.publicUrl, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      },
      ASK_WITHIN_MS,
    );
    return reply;
  }

  async function secretMade(holderId: string, headers: Holder['session']): Promise<MadeToken | undefined> {
    const reply = await post('/api/v1/tokens', headers, { name: `faults ${randomBytes(8).toString('hex')}` });
    if (reply?.status !== 201) return undefined;
    const { token, secret } = JSON.parse(reply.text) as { token: { id: string }; secret: string };
    return { id: token.id, secret, holderId };
  }

  async function holder(): Promise<Holder | undefined> {
    const email = `holder-${randomBytes(6).toString('hex')}@example.com`;
    const entered = await post(
      '/api/auth/sign-up/email',
      { 'x-forwarded-for': [10, randomInt(256), randomInt(256), randomInt(1, 255)].join('.') },
      {
        name: 'Holder',
        email,
        password: newPassword(),
        phoneNumber: '+6281234567890',
      },
    );
    if (entered?.status !== 200) return undefined;
    const { user } = JSON.parse(entered.text) as { user: { id: string } };
    const cookie = entered.cookies.map((each) => each.split(';')[0]).join('; ');
    const session = { cookie };
    const made = await secretMade(user.id, session);
    return made && { id: user.id, email, session, manager: { authorization: `Bearer ${made.secret}` } };
  }

  return { holder, token: (of) => secretMade(of.id, of.manager) };
}
