/**
 * node-oidc-provider's introspection over its own in-memory adapter: an opaque access token of one user, asked about by
 * a client with `client_secret_basic`. Prints its address, the client's credential and a live token.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

const credential = { id: 'bench', secret: 'only-for-measuring-0123456789abcdef' };
const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: credential.id,
      client_secret: credential.secret,
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: ['https://service.example/callback'],
    },
  ],
  features: { introspection: { enabled: true }, devInteractions: { enabled: false } },
  scopes: ['openid', 'dns:viewer'],
  ttl: { AccessToken: 3600, Grant: 3600 },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

const accountId = '6f0c2b0e-4a71-4a6e-9d1b-2f6f3b8a5c11';
const client = await provider.Client.find(credential.id);
if (!client) throw new Error('the provider does not know its own client');
const grant = new provider.Grant({ accountId, clientId: credential.id });
grant.addOIDCScope('openid dns:viewer');
const grantId = await grant.save();
const token = await new provider.AccessToken({
  accountId,
  client,
  grantId,
  gty: 'authorization_code',
  scope: 'openid dns:viewer',
}).save();

const server = createServer(provider.callback());
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token/introspection`;
  process.stdout.write(`${JSON.stringify({ url, credential, token })}\n`);
});
