/** Answers 200 without a body to whatever is asked, with the headers given as JSON. Prints its address. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const headers: Record<string, string> = JSON.parse(process.argv[2] ?? '{}');
const server = createServer((_request, response) => response.writeHead(200, headers).end());
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.stdout.write(`${JSON.stringify({ url })}\n`);
});
