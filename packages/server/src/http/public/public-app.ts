/** The public listener: portal, accounts, token API. Puts its routes together; each says for itself what it does. */
import type { FastifyInstance } from 'fastify';
import type { Accounts } from '../../accounts/accounts.ts';
import { addDocRoutes, closeDocRoutes, type DocRoutesParts } from '../../docs/doc-routes.ts';
import { type AppParts, createApp } from '../app.ts';
import { addHealthRoutes, type HealthParts } from '../health.ts';
import { addAccountRoutes } from './account-routes.ts';
import {
  type CallerParts,
  type CallerReader,
  createCallerReader,
  createSessionOf,
  type SessionOf,
} from './caller.ts';
import { addMeRoute } from './me.ts';
import { addOpenApi } from './openapi.ts';
import { addPortalFiles } from './portal-files.ts';
import { addPortalInfoRoute, type PortalInfoParts } from './portal-info.ts';
import { addSessionRoute } from './session.ts';
import { addTokenRoutes, type TokenRoutesParts } from './tokens.ts';

/** What the described API (`/api/v1/…`) works with. */
export type ApiParts = {
  readonly version: string;
  readonly portal: PortalInfoParts;
  readonly callerOf: CallerReader;
  readonly sessionOf: SessionOf;
  readonly tokenRoutes: Omit<TokenRoutesParts, 'callerOf'>;
};

export type PublicAppParts = AppParts &
  HealthParts &
  Omit<CallerParts, 'sessionOf' | 'publicOrigin'> & {
    readonly accounts: Accounts;
    readonly tokenRoutes: ApiParts['tokenRoutes'];
    readonly portal: Omit<PortalInfoParts, 'setupState'>;
    readonly version: string;
    /** null: the operator has closed the documentation. */
    readonly docs: Pick<DocRoutesParts, 'verificationUrl' | 'questions'> | null;
  };

export async function createPublicApp(parts: PublicAppParts): Promise<FastifyInstance> {
  const app = createApp(parts);
  const { accounts, portal } = parts;
  const sessionOf = createSessionOf(accounts.sessionFrom);
  await addPortalFiles(app, portal.publicUrl);
  if (parts.docs === null) closeDocRoutes(app);
  else
    await addDocRoutes(app, {
      ...parts.docs,
      portalName: portal.name,
      publicUrl: portal.publicUrl,
      tokenPrefix: portal.tokenPrefix,
    });
  await addAccountRoutes(app, accounts, portal.publicUrl);
  await addApi(app, {
    version: parts.version,
    portal: { ...portal, setupState: accounts.setupState },
    callerOf: createCallerReader({
      ...parts,
      sessionOf,
      publicOrigin: portal.publicUrl,
    }),
    sessionOf,
    tokenRoutes: parts.tokenRoutes,
  });
  addHealthRoutes(app, parts);
  await app.ready();
  return app;
}

/** The API and its description; also what `npm run generate` reads the description from, without a server or a database. */
export async function addApi(app: FastifyInstance, parts: ApiParts): Promise<void> {
  await addOpenApi(app, parts.version, parts.portal.name);
  addPortalInfoRoute(app, parts.portal);
  addMeRoute(app, parts.callerOf);
  addSessionRoute(app, parts.sessionOf);
  addTokenRoutes(app, { ...parts.tokenRoutes, callerOf: parts.callerOf });
}
