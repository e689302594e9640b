/** `/introspect` beside node-oidc-provider's introspection: one opaque token, one client, loaded in turns. */
import { ayu, signUp } from '../tests/api-client.ts';
import type { ServerProcess } from '../tests/server-process.ts';
import type { Extent } from './extent.ts';
import { installPeers } from './peers.ts';
import { startProgram } from './programs.ts';
import { busy, type Figures, inTurns, ratio } from './rounds.ts';
import { type Row, rounded } from './row.ts';
import { connections, startPinnedServer } from './verify.ts';

type Credential = { id: string; secret: string };
type Provider = { url: string; credential: Credential; token: string };

export async function measureIntrospection({ rounds, roundMs }: Extent): Promise<Row[]> {
  await installPeers();
  const server = await startPinnedServer();
  const provider = await startProgram<Provider>('peers/oidc-provider.ts', [], 'server');
  try {
    const person = await signUp(server, ayu);
    const { secret } = await person.createToken({ name: 'bench' });
    const side = (url: string, credential: Credential, token: string, pid: number) => ({
      order: () => ({
        url,
        method: 'POST' as const,
        ...question(credential, token),
        connections,
        ms: roundMs,
      }),
      pid: () => pid,
    });
    const { lencana, peer } = await inTurns(
      {
        lencana: side(`${server.verificationUrl}/introspect`, await credentialOf(server), secret, server.pid),
        peer: side(provider.said.url, provider.said.credential, provider.said.token, provider.pid),
      },
      rounds,
    );
    const row = (name: string, figures: Figures, note: string): Row => ({
      name,
      value: Math.round(figures.perSecond),
      unit: '/s',
      note: `${note}, ${figures.medianMs.toFixed(2)} ms each; ${busy(figures)}`,
    });
    return [
      row('/introspect, hot', lencana, 'the same token again and again, SQLite'),
      row('oidc-provider, introspection', peer, 'its own in-memory adapter'),
      {
        name: '/introspect, hot, to oidc-provider',
        value: rounded(ratio(lencana, peer), 1),
        unit: '×',
        goal: '≥ 5',
        note: 'it looks up the grant, too, and asks a policy; it knows no role and no lease',
      },
    ];
  } finally {
    provider.stop();
    await server.stop();
  }
}

function question({ id, secret }: Credential, token: string) {
  return {
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: `token=${token}`,
  };
}

async function credentialOf(server: ServerProcess): Promise<Credential> {
  const made = await server.cli(['client', 'create', '--name', 'bench', '--json']);
  if (made.code !== 0) throw new Error(made.stderr);
  const { client_id: id, client_secret: secret } = JSON.parse(made.stdout);
  return { id, secret };
}
