/** What both listeners share: a Fastify on a bound socket, strict validation, problem details, logs that hold no secret. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Ajv } from 'ajv';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Refusal } from '../core/refusal.ts';
import { createSecretMask, type SecretMask } from '../log/secret-mask.ts';
import { clientAddress, trusting } from './client-address.ts';
import { readJsonStrictly } from './json-body.ts';
import { handleErrors, sendProblem } from './problem.ts';
import { nextRequestId } from './request-id.ts';

/** Largest body that is read, in bytes, where a route does not say otherwise. */
const BODY_BYTES_MAX = 4 * 1024;
/** What is logged of a path, in characters. */
const PATH_LOGGED_MAX = 300;

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose request it is, see client-address.ts; null: not known. `request.ip` is the peer's, which may be a proxy. */
    readonly clientAddress: string | null;
  }
}

export type AppParts = {
  readonly server: Server;
  readonly log: FastifyBaseLogger;
  readonly trustedProxies: readonly string[];
  readonly tokenPrefix: string;
  /** What is said of a failure that is the database's; null: the failure is not the database's. */
  readonly outageRefusal: (error: unknown) => Refusal | null;
  /** At which level each answered request is logged. */
  readonly accessLogLevel: 'info' | 'debug';
  /** Sees each request first; true: it answers. */
  readonly front?: (request: IncomingMessage, response: ServerResponse) => boolean;
};

export function createApp(parts: AppParts): FastifyInstance {
  let answer: RequestListener = () => {};
  const mask = createSecretMask(parts.tokenPrefix);
  const app = fastify({
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: nextRequestId,
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: 200 },
    // An address that no router can read, answered before any hook runs: in our words, not in the framework's.
    frameworkErrors: (_error, request, reply) => {
      reply.header('x-request-id', request.id).header('cache-control', 'no-store');
      sendProblem(request, reply, 'not_found', 'There is nothing at this address.');
    },
    // Fastify's own would log the whole request at level trace, secrets included.
    clientErrorHandler: (error, socket) => {
      parts.log.debug({ code: error.code }, 'an invalid request');
      if (error.code !== 'ECONNRESET' && socket.writable && !isAnswered(socket)) {
        socket.write(unreadable(error.code));
      }
      socket.destroy();
    },
    serverFactory: (handler) => {
      answer = handler;
      return parts.server;
    },
  });
  const trust = trusting(parts.trustedProxies);
  app.decorateRequest('clientAddress', {
    getter(this: FastifyRequest) {
      const forwarded = this.raw.headers['x-forwarded-for'];
      return clientAddress(this.raw.socket, forwarded === undefined ? undefined : String(forwarded), trust);
    },
  });
  // The socket is bound already and keeps what comes early until somebody listens: not before the routes stand.
  app.addHook('onReady', async () => {
    const { front } = parts;
    parts.server.on('request', (request, response) => {
      if (!front?.(request, response)) answer(request, response);
    });
  });
  readJsonStrictly(app);
  validateStrictly(app);
  handleErrors(app, parts.outageRefusal);
  app.addHook('onRequest', async (request, reply) => {
    // What is for one person is kept by no cache, unless an answer says otherwise of itself.
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
  });
  app.addHook('onRequest', async ({ method, headers }) => {
    // Many clients name a media type with a deletion, too; without a body it means nothing.
    const empty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
    if (method === 'DELETE' && empty) delete headers['content-type'];
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log[parts.accessLogLevel](
      {
        method: request.method,
        path: loggedPath(request.url, mask),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        address: request.clientAddress,
      },
      'request',
    );
  });
  return app;
}

/** The path without its query, decoded once for its reader, and without what could be of a secret that somebody put into it. */
export function loggedPath(url: string, mask: SecretMask): string {
  const [path = ''] = url.split('?');
  return mask(decoded(path)).slice(0, PATH_LOGGED_MAX);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * Whether the request whose bytes are invalid has its answer already, which can come before its body does. A second one would be taken
 * for the answer to another request by a proxy that reuses the connection. Reads what Node's server keeps at its sockets.
 */
function isAnswered(socket: object): boolean {
  const { parser, _httpMessage: answer } = socket as {
    parser?: { incoming?: IncomingMessage | null } | null;
    _httpMessage?: ServerResponse | null;
  };
  const isWithinBody = parser?.incoming?.complete === false;
  return answer ? answer.headersSent : isWithinBody;
}

/** The answer to invalid HTTP, to headers that are too large, and to a request that takes too long to arrive. */
function unreadable(code: string): string {
  const status =
    code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}

/**
 * Bodies are taken as they are: no coercion, no member dropped in silence. Query strings hold text only, so numbers are read from it.
 * The first fault ends it: to look for all of them would let one body of many faults cost as much as thousands of requests.
 */
function validateStrictly(app: FastifyInstance): void {
  const rules = {
    removeAdditional: false,
    allErrors: false,
    allowUnionTypes: true,
    useDefaults: true,
  } as const;
  const strict = new Ajv({ ...rules, coerceTypes: false });
  const reading = new Ajv({ ...rules, coerceTypes: true });
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'body' ? strict : reading).compile(schema as Record<string, unknown>),
  );
}

/** Answers the methods that a path does not have with 405 and `Allow` (RFC 9110, section 15.5.6). Call after the path's routes. */
export function refuseOtherMethods(app: FastifyInstance, path: string, allowed: readonly string[]): void {
  const all = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  const taken = allowed.includes('GET') ? [...allowed, 'HEAD'] : [...allowed];
  app.route({
    method: all.filter((method) => !taken.includes(method)),
    url: path,
    schema: { hide: true } as Record<string, unknown>,
    // Before the body is read: whatever it is, the method is the fault.
    onRequest: async (request, reply) => {
      reply.header('allow', taken.join(', '));
      return sendProblem(
        request,
        reply,
        'method_not_allowed',
        `${request.method} is not possible here. Use ${allowed.join(' or ')}.`,
      );
    },
    handler: async () => {},
  });
}
