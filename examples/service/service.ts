/**
 * A service that knows who calls without ever seeing a secret: the gateway in front asks Lencana and says who it is
 * in X-Lencana headers. It must be reached through that gateway only, so it listens on loopback.
 */
import { parseArgs } from 'node:util';
import fastify, { type FastifyRequest } from 'fastify';

const { values } = parseArgs({ options: { listen: { type: 'string', default: '127.0.0.1:8001' } } });
const { hostname: host, port } = new URL(`http://${values.listen}`);

const app = fastify({ bodyLimit: 16 * 1024 * 1024, forceCloseConnections: true });

app.get('/', (request) => `Hello, ${nameOf(request)}\n`);

/** Everything the gateway says of the caller, and whether a secret came along, which it must not. */
app.get('/whoami', (request) => ({
  ...Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith('x-lencana-'))),
  authorization: request.headers.authorization ?? null,
}));

app.get('/reports/', (request) => `Reports for ${nameOf(request)}\n`);

app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/reports/', (request, reply) => {
  const bytes = Buffer.isBuffer(request.body) ? request.body.length : 0;
  return reply.code(201).send(`A report of ${bytes} bytes by ${nameOf(request)}\n`);
});

/** The name is percent-encoded UTF-8, because a header holds plain ASCII only. */
function nameOf(request: FastifyRequest): string {
  const name = request.headers['x-lencana-name'];
  if (typeof name !== 'string')
    throw new Error('no X-Lencana-Name: was the service reached past its gateway?');
  return decodeURIComponent(name);
}

const stop = () => void app.close();
process.once('SIGTERM', stop).once('SIGINT', stop);

await app.listen({ host, port: Number(port) });
process.stdout.write(`{"event":"listening","service":"http://${values.listen}"}\n`);
