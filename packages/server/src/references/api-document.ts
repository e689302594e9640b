/**
 * The OpenAPI document of the public API, built from its routes in this process: no listener, no database, no keys. The same
 * routes give `/openapi.json` of a running server. What the routes work with is stood in for by parts that refuse to work:
 * a description asks nothing of them.
 */
import { createServer } from 'node:http';
import { pino } from 'pino';
import { SETTINGS } from '../config/settings.ts';
import { VERSION } from '../config.ts';
import { createApp } from '../http/app.ts';
import { type ApiParts, addApi } from '../http/public/public-app.ts';

/** Stands in for a part that only an answered request would use. */
const unused = (): never => {
  throw new Error('A description answers no requests.');
};

const STAND_INS: ApiParts = {
  version: VERSION,
  callerOf: unused,
  portal: {
    name: SETTINGS.LENCANA_PORTAL_NAME[0],
    publicUrl: 'http://localhost:8080',
    tokenPrefix: SETTINGS.LENCANA_TOKEN_PREFIX[0],
    signUp: { mode: 'invitation' },
    mail: false,
    setupState: unused,
  },
  sessionOf: unused,
  tokenRoutes: {
    tokens: {
      create: unused,
      list: unused,
      get: unused,
      countMade: unused,
      revoke: unused,
      revokeMany: unused,
    },
    clock: unused,
    flushUsage: unused,
  },
};

/** The document as pretty JSON, ending in a line break: the same text on every machine for the same routes. */
export async function apiDocument(): Promise<string> {
  const app = createApp({
    server: createServer(),
    log: pino({ level: 'silent' }),
    trustedProxies: [],
    tokenPrefix: STAND_INS.portal.tokenPrefix,
    outageRefusal: () => null,
    accessLogLevel: 'info',
  });
  await addApi(app, STAND_INS);
  await app.ready();
  const document = app.swagger();
  await app.close();
  return `${JSON.stringify(document, null, 2)}\n`;
}
