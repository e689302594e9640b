/** Requests over TLS to a server on this machine that is trusted by its own certificate alone, which `fetch` cannot. */
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';

export type HttpsAnswer = {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type HttpsCall = {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON; the method is POST then, unless another is said. */
  readonly body?: object;
};

/** Over a connection of its own, with the `Origin` that the portal's own pages send. */
export function askHttps(
  url: string,
  ca: string,
  { method, headers, body }: HttpsCall = {},
): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        ca,
        agent: false,
        method: method ?? (body ? 'POST' : 'GET'),
        headers: {
          origin: new URL(url).origin,
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.once('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body: text }),
        );
      },
    );
    sent.once('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}
