/** `/api/auth/*`: hands the request to the accounts room as it came and sends its answer. Decides nothing. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Accounts } from '../../accounts/accounts.ts';

/** Largest bodies that are read, in bytes: of forms, and of what an authenticator signed. */
const FORM_BYTES_MAX = 8 * 1024;
const PASSKEY_BYTES_MAX = 16 * 1024;

export async function addAccountRoutes(
  parent: FastifyInstance,
  accounts: Pick<Accounts, 'handler'>,
  publicOrigin: string,
): Promise<void> {
  await parent.register(async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    for (const [url, bodyLimit] of [
      ['/api/auth/*', FORM_BYTES_MAX],
      ['/api/auth/passkey/*', PASSKEY_BYTES_MAX],
    ] as const) {
      app.route({
        method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        url,
        bodyLimit,
        schema: { hide: true } as Record<string, unknown>,
        handler: (request, reply) => answer(request, reply, accounts, publicOrigin),
      });
    }
  });
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  accounts: Pick<Accounts, 'handler'>,
  publicOrigin: string,
): Promise<FastifyReply> {
  const answered = await accounts.handler(toWebRequest(request, publicOrigin), {
    address: request.clientAddress ?? '',
    requestId: request.id,
  });
  for (const [name, value] of answered.headers) {
    if (name !== 'set-cookie') reply.header(name, value);
  }
  const cookies = answered.headers.getSetCookie();
  if (cookies.length > 0) reply.header('set-cookie', cookies);
  return reply.code(answered.status).send(answered.body ? Buffer.from(await answered.arrayBuffer()) : '');
}

function toWebRequest(request: FastifyRequest, publicOrigin: string): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD' && Buffer.isBuffer(request.body);
  return new Request(new URL(request.url, publicOrigin), {
    method: request.method,
    headers,
    ...(hasBody ? { body: new Uint8Array(request.body as Buffer) } : {}),
  });
}
