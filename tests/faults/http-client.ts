/**
 * Asks over HTTP and notes when. A request's start is taken before its first byte is written, its end after the last of the answer has
 * come: an acceptance that counts as begun after something really began after it. Keeps connections open; no request waits for one.
 */
import { Agent, request } from 'node:http';
import { monotonicMs } from './clock.ts';

export type Question = {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Asked = {
  readonly startedMs: number;
  /** The same moment on the machine's clock of the day, which the nodes read too. */
  readonly startedAtMs: number;
  readonly endedMs: number;
};

export type Reply = { readonly status: number; readonly text: string; readonly cookies: readonly string[] };

export type HttpClient = {
  /** `reply` is null when the connection was refused or broke, or nothing came in time. */
  ask(question: Question, timeoutMs?: number): Promise<Asked & { reply: Reply | null }>;
  /** Ends what is under way: it resolves without a reply. */
  close(): void;
};

export function createHttpClient(): HttpClient {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  let closed = false;

  async function ask(question: Question, timeoutMs = 30_000): Promise<Asked & { reply: Reply | null }> {
    for (;;) {
      const startedAtMs = Date.now();
      const startedMs = monotonicMs();
      const reply = closed ? null : await send(agent, question, timeoutMs);
      // The other side had closed a connection that was idle: nothing was asked yet.
      if (reply === 'stale connection') continue;
      return { startedMs, startedAtMs, endedMs: monotonicMs(), reply };
    }
  }

  return {
    ask,
    close: () => {
      closed = true;
      agent.destroy();
    },
  };
}

function send(
  agent: Agent,
  question: Question,
  timeoutMs: number,
): Promise<Reply | 'stale connection' | null> {
  const { url, method = 'GET', headers = {}, body } = question;
  return new Promise((resolve) => {
    const sent = request(url, {
      agent,
      method,
      headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    const timer = setTimeout(() => sent.destroy(), timeoutMs);
    const settle = (reply: Reply | 'stale connection' | null) => {
      clearTimeout(timer);
      resolve(reply);
    };
    sent.on('error', (error: NodeJS.ErrnoException) => {
      settle(sent.reusedSocket && error.code === 'ECONNRESET' ? 'stale connection' : null);
    });
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () =>
        settle({ status: response.statusCode ?? 0, text, cookies: response.headers['set-cookie'] ?? [] }),
      );
      response.on('error', () => settle(null)).on('close', () => settle(null));
    });
    sent.end(body);
  });
}
