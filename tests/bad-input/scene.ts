/**
 * What the tests of bad input share: a server on either store, two people, and each kind of credentials. Judges
 * only what every refusal promises, whatever it is about.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import {
  type Answer,
  ayu,
  bearer,
  budi,
  type Client,
  clientOf,
  type Problem,
  signUp,
} from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';

export type Scene = {
  readonly server: ServerProcess;
  /** One holder's session, and a token of hers. */
  readonly session: Client;
  readonly withToken: Client;
  /** Another holder. */
  readonly other: Client;
};

type Given = { by: string; client: () => Client };

/** Declares the tests once for each store; `given` are the two credentials that a holder may come with. */
export function onBothStores(declare: (scene: Scene, given: Given[]) => void): void {
  describe.each(['sqlite', 'postgres'] as const)('on %s', (database) => {
    const scene = {} as { -readonly [Part in keyof Scene]: Scene[Part] };
    beforeAll(async () => {
      scene.server = await startServer({ database });
      scene.session = await signUp(scene.server, ayu);
      const { secret } = await scene.session.createToken({ name: 'bearer of the tests' });
      scene.withToken = clientOf(scene.server, bearer(secret));
      scene.other = await signUp(scene.server, budi);
    });
    afterAll(() => scene.server?.stop());
    declare(scene, [
      { by: 'a session', client: () => scene.session },
      { by: 'a token', client: () => scene.withToken },
    ]);
  });
}

/** The problem document, after checking what every one of them promises. */
export function problem(answer: Answer): Problem {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('cache-control')).toContain('no-store');
  const document = answer.body as Problem;
  expect(document.status).toBe(answer.status);
  expect(document.code).toMatch(/^[a-z_]+$/);
  expect(document.title).toBeTruthy();
  expect(document.detail).toMatch(/^\S.*[.!?]$/s);
  expect(document.request_id).toBeTruthy();
  expect(answer.text).not.toMatch(/node_modules|\.ts:|at .*\(|SQLITE|sqlite/);
  return document;
}

let made = 0;
export const unusedName = () => {
  made += 1;
  return `token ${made}`;
};

export async function total(client: Client): Promise<number> {
  const list = await client.call('GET', '/api/v1/tokens?limit=1');
  expect(list.status, list.text).toBe(200);
  return (list.body as { total: number }).total;
}
