/** The public listener: portal, accounts, token API. Puts its routes together; each says for itself what it does. */
import type { FastifyInstance } from 'fastify';
import type { Accounts } from '../../accounts/accounts.ts';
import { type AppParts, createApp } from '../app.ts';
import { addHealthRoutes, type HealthParts } from '../health.ts';
import { addAccountRoutes, peerOf } from './account-routes.ts';
import type { CallerParts } from './caller.ts';
import { createCallerReader } from './caller.ts';
import { addMeRoute } from './me.ts';
import { addOpenApi } from './openapi.ts';
import { addPortalFiles } from './portal-files.ts';
import { addPortalInfoRoute, type PortalInfoParts } from './portal-info.ts';
import { addTokenRoutes, type TokenRoutesParts } from './tokens.ts';

export type PublicAppParts = AppParts &
  HealthParts &
  Omit<CallerParts, 'sessionFrom' | 'publicOrigin'> & {
    readonly accounts: Accounts;
    readonly tokenRoutes: Omit<TokenRoutesParts, 'callerOf'>;
    readonly portal: Omit<PortalInfoParts, 'setupState'>;
    readonly version: string;
  };

export async function createPublicApp(parts: PublicAppParts): Promise<FastifyInstance> {
  const app = createApp(parts);
  const { accounts, portal } = parts;
  const callerOf = createCallerReader({
    ...parts,
    sessionFrom: accounts.sessionFrom,
    publicOrigin: portal.publicUrl,
  });
  await addOpenApi(app, parts.version, portal.name);
  await addPortalFiles(app, portal.publicUrl);
  await addAccountRoutes(app, accounts, portal.publicUrl);
  addPortalInfoRoute(app, { ...portal, setupState: (request) => accounts.setupState(peerOf(request)) });
  addMeRoute(app, callerOf);
  addTokenRoutes(app, { ...parts.tokenRoutes, callerOf });
  addHealthRoutes(app, parts);
  await app.ready();
  return app;
}
