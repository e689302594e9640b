/**
 * A service that embeds the verifier, in a process of its own: answers 200, 401, 403 or 503 for the bearer of a token and does nothing
 * else. Its settings come as one line of JSON in its argument; it prints its port as a line of JSON when it listens.
 */
import { createServer } from 'node:http';
import { createVerifier } from '@lencana/verifier';

export type ServiceSettings = {
  /** Where the verification listener is. */
  readonly url: string;
  readonly credential: { readonly id: string; readonly secret: string };
  readonly freshnessSeconds: number;
};

const settings: ServiceSettings = JSON.parse(process.argv[2] ?? '');
const verifier = createVerifier({ ...settings, onError: () => {} });

const server = createServer(async (request, response) => {
  const presented = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
  const verdict = await verifier.verify(presented);
  response.writeHead(statusOf(verdict), { 'content-length': '0' }).end();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});

function statusOf(verdict: Awaited<ReturnType<typeof verifier.verify>>): number {
  if (verdict.outcome === 'active') return 200;
  if (verdict.outcome === 'unavailable') return 503;
  return verdict.reason === 'insufficient_scope' ? 403 : 401;
}
