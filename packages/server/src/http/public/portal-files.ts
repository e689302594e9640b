/**
 * The portal's pages: the built bundle, and its one page for every path that is no file, so that a deep link or a reload lands
 * where it should. Where the portal has no page, the same page says so, with the status 404.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { checkTrustedFolder } from '../../files/trusted-files.ts';
import { sendProblem } from '../problem.ts';

const BUNDLE = fileURLToPath(new URL('../../../../portal/dist', import.meta.url));

/** Written by the portal's build: the addresses of its pages. */
const ADDRESSES = `${BUNDLE}/page-addresses.json`;

/** Paths of services, not of pages: what is not there is said in their own form. */
const NOT_PAGES = /^\/(api\/|api$|openapi\.json$|healthz|readyz|assets(\/|$)|favicon\.ico$|\.well-known\/)/;

/** A gateway that asks the wrong port must hear that nobody is let in, not the 200 of a page. */
const VERIFICATION = /^\/+(verify|introspect)(\/|$)/i;

/** @throws TrustError when others could change what browsers run */
export async function addPortalFiles(app: FastifyInstance, publicUrl: string): Promise<void> {
  for (const folder of [BUNDLE, join(BUNDLE, 'assets')]) {
    if (existsSync(folder)) checkTrustedFolder(folder, 'The folder of the portal');
  }
  const https = publicUrl.startsWith('https:');
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // Mantine sets styles on elements; no script can come in by it.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        scriptSrcAttr: ["'none'"],
        objectSrc: ["'none'"],
        upgradeInsecureRequests: https ? [] : null,
      },
    },
    strictTransportSecurity: https,
    // Browsers ignore it on plain http of another host, with a warning in the console.
    crossOriginOpenerPolicy: https ? { policy: 'same-origin' } : false,
    originAgentCluster: https,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  const built = existsSync(`${BUNDLE}/index.html`) && existsSync(ADDRESSES);
  const pages = new Set(built ? (JSON.parse(readFileSync(ADDRESSES, 'utf8')) as string[]) : []);
  if (!built) app.log.warn('The portal is not built, so it has no pages. Run: npm run build');
  if (built) {
    await app.register(fastifyStatic, {
      root: BUNDLE,
      wildcard: false,
      index: false,
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const hashed = path.includes('/assets/');
        reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  // Where password managers send people to change a password (W3C, A Well-Known URL for Changing Passwords).
  app.get('/.well-known/change-password', { schema: { hide: true } as Record<string, unknown> }, (_, reply) =>
    reply.header('cache-control', 'no-cache').redirect('/profile#password', 302),
  );
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const page = request.method === 'GET' || request.method === 'HEAD';
    if (VERIFICATION.test(readable(path))) {
      return sendProblem(
        request,
        reply,
        'not_found',
        'Tokens are verified on the verification listener (LENCANA_VERIFY_LISTEN), not here.',
      );
    }
    if (!page || NOT_PAGES.test(path)) {
      return sendProblem(request, reply, 'not_found', 'There is nothing at this address.');
    }
    if (!built) {
      return reply
        .code(503)
        .type('text/plain; charset=utf-8')
        .send('The portal is not built yet. Run: npm run build\n');
    }
    return reply
      .code(pages.has(pageAddressOf(path)) ? 200 : 404)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .sendFile('index.html');
  });
}

/** As the portal's own router reads an address: without regard to case and to a slash at the end. */
const pageAddressOf = (path: string) =>
  readable(path)
    .replace(/(?<=.)\/+$/, '')
    .toLowerCase();

function readable(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
