/**
 * Every route of both listeners, read from the applications themselves as they are put together: a route that is added is tried without
 * a word here. Nothing answers: what the routes work with is stood in for.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { pino } from 'pino';
import { createRoutes } from '../../packages/server/src/accounts/routes.ts';
import { createPublicApp } from '../../packages/server/src/http/public/public-app.ts';
import { createVerificationApp } from '../../packages/server/src/http/verification/verification-app.ts';

export type HostileTarget = {
  readonly listener: 'public' | 'verification';
  readonly method: string;
  /** With `:name` and `*` for what is to be put in. */
  readonly path: string;
  /** Members of bodies and queries that the route knows. */
  readonly members: readonly string[];
  /** Its status 503 is documented: it answers by the database, the lease or the queue of passwords. */
  readonly mayBeUnavailable: boolean;
};

/** What is stood in for by itself, whatever is asked of it. */
const standIn: unknown = new Proxy(() => standIn, {
  get: (_target, name) => (name === 'then' ? undefined : name === Symbol.toPrimitive ? () => '' : standIn),
});

const parts = (): never =>
  ({
    server: createServer(),
    log: pino({ level: 'silent' }),
    trustedProxies: [],
    tokenPrefix: 'cldkctl_',
    outageRefusal: () => null,
    accessLogLevel: 'info',
    isReady: async () => true,
    accounts: standIn,
    verifier: standIn,
    gate: standIn,
    feed: standIn,
    usage: standIn,
    ownersOf: standIn,
    metricsText: standIn,
    tokenRoutes: standIn,
    demandsCredential: false,
    version: '0',
    portal: {
      name: 'x',
      publicUrl: 'http://localhost:8080',
      tokenPrefix: 'cldkctl_',
      signUp: { mode: 'open' },
    },
  }) as never;

/** Accounts answer by names of their own, behind one route. */
function accountTargets(): HostileTarget[] {
  return [...createRoutes(standIn as never).keys()].map((name) => {
    const [method = 'GET', path = ''] = name.split(' ');
    const members = ACCOUNT_MEMBERS;
    return { listener: 'public', method, path: `/api/auth${path}`, members, mayBeUnavailable: true };
  });
}

const ACCOUNT_MEMBERS = [
  ...['name', 'email', 'password', 'newPassword', 'currentPassword', 'phoneNumber', 'token', 'rememberMe'],
  ...['callbackURL', 'invitation', 'setupCode', 'id', 'response', 'revokeOtherSessions', 'query'],
];

export async function hostileTargets(): Promise<HostileTarget[]> {
  return [
    ...(await routesOf('public', () => createPublicApp(parts()))),
    ...accountTargets(),
    ...(await routesOf('verification', () => createVerificationApp(parts()))),
  ];
}

async function routesOf(
  listener: HostileTarget['listener'],
  create: () => Promise<FastifyInstance>,
): Promise<HostileTarget[]> {
  const routes: RouteOptions[] = [];
  const hear = (message: unknown) => {
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => void routes.push(route));
  };
  subscribe('fastify.initialization', hear);
  try {
    await (await create()).close();
  } finally {
    unsubscribe('fastify.initialization', hear);
  }
  const targets = routes.flatMap((route) =>
    [route.method].flat().map((method) => ({
      listener,
      method,
      path: route.url,
      members: membersOf(route.schema),
      mayBeUnavailable: isUnavailable(listener, route),
    })),
  );
  return [...new Map(targets.map((each) => [`${each.method} ${each.path}`, each])).values()];
}

function membersOf(schema: RouteOptions['schema']): string[] {
  const { body, querystring } = (schema ?? {}) as Record<string, { properties?: object } | undefined>;
  return [body, querystring].flatMap((each) => Object.keys(each?.properties ?? {}));
}

/** The described API says it of each operation; the verification listener's pages say it of theirs. */
function isUnavailable(listener: HostileTarget['listener'], { url, schema }: RouteOptions): boolean {
  if (listener === 'verification' || url === '/readyz' || url.startsWith('/api/auth/')) return true;
  return Object.keys((schema as { response?: object } | undefined)?.response ?? {}).includes('503');
}
