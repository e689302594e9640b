/** What both listeners share: a Fastify on a bound socket, strict validation, problem details, logs that hold no secret. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { maskSecretsIn } from '@lencana/verifier';
import { Ajv } from 'ajv';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { handleErrors, sendProblem } from './problem.ts';

/** Largest body that is read, in bytes. */
const BODY_BYTES_MAX = 64 * 1024;

export type AppParts = {
  readonly server: Server;
  readonly log: FastifyBaseLogger;
  readonly trustedProxies: readonly string[];
  readonly tokenPrefix: string;
  readonly isOutage: (error: unknown) => boolean;
  /** At which level each answered request is logged. */
  readonly accessLogLevel: 'info' | 'debug';
};

export function createApp(parts: AppParts): FastifyInstance {
  const early = holdEarlyRequests();
  const app = fastify({
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: parts.trustedProxies.length > 0 ? [...parts.trustedProxies] : false,
    routerOptions: { maxParamLength: 200 },
    // An address that no router can read, answered before any hook runs: in our words, not in the framework's.
    frameworkErrors: (_error, request, reply) => {
      reply.header('x-request-id', request.id).header('cache-control', 'no-store');
      sendProblem(request, reply, 'not_found', 'There is nothing at this address.');
    },
    serverFactory: (handler) => parts.server.on('request', early.orNow(handler)),
  });
  app.addHook('onReady', async () => early.release());
  app.removeContentTypeParser('text/plain');
  validateStrictly(app);
  handleErrors(app, parts.isOutage);
  app.addHook('onRequest', async (request, reply) => {
    // What is for one person is kept by no cache, unless an answer says otherwise of itself.
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log[parts.accessLogLevel](
      {
        method: request.method,
        path: loggedPath(request, parts.tokenPrefix),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        address: request.ip,
      },
      'request',
    );
  });
  return app;
}

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Requests that come before the routes stand wait for them: the socket is bound first, and whoever looks for the server while
 * it starts (a gateway, a health check) would otherwise meet an application that is not put together yet.
 */
function holdEarlyRequests() {
  const held: (() => void)[] = [];
  let ready = false;
  return {
    orNow:
      (handle: RequestHandler): RequestHandler =>
      (request, response) => {
        if (ready) handle(request, response);
        else held.push(() => handle(request, response));
      },
    release: () => {
      ready = true;
      for (const handle of held.splice(0)) handle();
    },
  };
}

/** The path without its query, and without a secret that somebody put into it. */
function loggedPath(request: FastifyRequest, prefix: string): string {
  const [path = ''] = request.url.split('?');
  return maskSecretsIn(path.slice(0, 300), prefix);
}

/** Bodies are taken as they are: no coercion, no member dropped in silence. Query strings hold text only, so numbers are read from it. */
function validateStrictly(app: FastifyInstance): void {
  const strict = new Ajv({ coerceTypes: false, removeAdditional: false, allErrors: true, useDefaults: true });
  const reading = new Ajv({ coerceTypes: true, removeAdditional: false, allErrors: true, useDefaults: true });
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
