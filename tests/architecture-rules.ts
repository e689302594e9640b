/**
 * What may use what, as a pure function from sources to violations. The rules are the house's plan: imports point
 * one way, and each capability (SQL, HTTP, the environment, the clock) has one room. Reads no files itself.
 */
import { posix } from 'node:path';

/** `path` is relative to the repository's root, with slashes. */
export type Source = { path: string; text: string };

type Rule = {
  says: string;
  /** Which sources the rule is about. */
  covers: (path: string) => boolean;
  /** An import that is not allowed: the specifier as written, or the file it leads to when relative. */
  forbidsImport?: (target: string) => boolean;
  /** Code that is not allowed, sought outside of comments and quoted strings. */
  forbidsCode?: RegExp;
  /** Like `forbidsCode`, sought in strings too. */
  forbidsText?: RegExp;
};

const server = 'packages/server/src/';
const inside = (folder: string) => (path: string) => path.startsWith(folder);
const isTest = (path: string) => /(\.test\.tsx?|-under-test\.ts|-contract\.ts)$/.test(path);
const isPackage = (target: string, names: RegExp) => !target.includes('packages/') && names.test(target);

const databaseDrivers = /^(kysely|pg|node:sqlite)(\/|$)/;
const webServer = /^(fastify|@fastify)(\/|$)/;
const sqlStatement =
  /\b(SELECT\s+[\w*".]+[\s\S]*?\sFROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b/;

/** What belongs to somebody: whoever writes it rests on an authority that can be taken away. */
const guarded =
  '(?:tokens|token_secrets|idempotent_replies|clients|users|accounts|sessions|passkeys|invitations)';

const rules: Rule[] = [
  {
    says: 'what belongs to somebody is written on an authority that is looked at again (withAuthority)',
    covers: (path) => inside(server)(path) && !isTest(path),
    forbidsText: new RegExp(
      `(?<!\\btransaction\\s*)\\.(?:insertInto|updateTable|deleteFrom|replaceInto|mergeInto)\\(\\s*'${guarded}'|\\b(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\\s+${guarded}\\b`,
    ),
  },
  {
    says: 'a transaction that writes is one of withAuthority: opened there, and named by its type',
    covers: (path) =>
      inside(server)(path) &&
      !isTest(path) &&
      // Uses, key versions and refused sign-ins are on nobody's authority.
      !/store\/(authority\/(with-authority|standing)|audit\/audit-events|tokens\/(usage-store|reported-uses|digest-keys))\.ts$|accounts\/failed-sign-ins\.ts$/.test(
        path,
      ),
    forbidsCode: /\.transaction\(\s*\)|\btransaction: (?:Transaction<|AccountTransaction\b)/,
  },
  {
    says: 'who acts on an authority of nobody is decided in few places',
    covers: (path) => inside(`${server}http/`)(path) && !isTest(path),
    forbidsCode: /\boperatorBy\(/,
  },
  {
    says: 'an act that takes authority away lives in core and waits inside',
    covers: (path) =>
      inside(server)(path) &&
      !inside(`${server}core/`)(path) &&
      path !== `${server}metrics/observed.ts` &&
      !isTest(path),
    forbidsCode: /\bfinality\.settled\(/,
  },
  {
    says: 'what takes authority away in the store is called by the services of core only',
    covers: (path) =>
      inside(server)(path) &&
      !inside(`${server}core/`)(path) &&
      !inside(`${server}store/`)(path) &&
      !isTest(path),
    forbidsImport: (target) => /store\/tokens\/token-revocation\.ts$/.test(target),
    forbidsCode:
      /\b(?:tokenStore|clients|createTokenStore\([^)]*\)|createClientStore\([^)]*\)|createAccountStore\([^)]*\))\s*\.(?:revoke|edit)\(/,
  },
  {
    says: 'core is pure: it imports core and @lencana/verifier only',
    covers: (path) => inside(`${server}core/`)(path) && !isTest(path),
    forbidsImport: (target) =>
      !target.startsWith(`${server}core/`) && !/^@lencana\/verifier(\/node)?$/.test(target),
  },
  {
    says: 'core has no clock, randomness, timer, network or process of its own',
    covers: (path) => inside(`${server}core/`)(path) && !isTest(path),
    forbidsCode:
      /\bDate\.now\b|\bnew Date\(\s*\)|\bTemporal\.Now\b|\bMath\.random\b|\bperformance\b|\bset(Timeout|Interval|Immediate)\b|\bfetch\(|\bprocess\b|\bcrypto\b|\brequire\(|\bconsole\b/,
  },
  {
    says: 'database drivers and Kysely are known under store only',
    covers: (path) => inside(server)(path) && !inside(`${server}store/`)(path) && !isTest(path),
    forbidsImport: (target) => isPackage(target, databaseDrivers),
  },
  {
    says: 'SQL is written under store only',
    covers: (path) => inside('packages/')(path) && !inside(`${server}store/`)(path) && !isTest(path),
    forbidsText: sqlStatement,
  },
  {
    says: 'Fastify is known to http, the served documentation, its generator and the composition root only',
    covers: (path) =>
      inside(server)(path) &&
      !/^packages\/server\/src\/(http\/|docs\/|references\/|main\.ts$)/.test(path) &&
      !isTest(path),
    forbidsImport: (target) => isPackage(target, webServer),
  },
  {
    says: 'the client’s address is read from clientAddress only',
    covers: (path) => inside(server)(path) && path !== `${server}http/client-address.ts` && !isTest(path),
    forbidsCode: /\b(request|req)\.ips?\b|\bremoteAddress\b|\btrustProxy\b/,
  },
  {
    says: 'prom-client is known to metrics only',
    covers: (path) => inside(server)(path) && !inside(`${server}metrics/`)(path) && !isTest(path),
    forbidsImport: (target) => isPackage(target, /^prom-client$/),
  },
  {
    says: 'the environment is read by config.ts only',
    covers: (path) => inside('packages/')(path) && path !== `${server}config.ts` && !isTest(path),
    forbidsCode: /\bprocess\.env\b|\bimport\.meta\.env\b/,
  },
  {
    says: 'the composition root is imported by the command line only',
    covers: (path) =>
      inside(server)(path) &&
      !/^packages\/server\/src\/(cli\/|(main|node|deployment)\.ts$)/.test(path) &&
      !isTest(path),
    forbidsImport: (target) => /^packages\/server\/src\/(main|node|deployment)\.ts$/.test(target),
  },
  {
    says: 'processes are started under workers only',
    covers: (path) =>
      inside(server)(path) && !/^packages\/server\/src\/(workers|references)\//.test(path) && !isTest(path),
    forbidsImport: (target) => /^node:(cluster|child_process)$/.test(target),
  },
  {
    says: 'Unicode is normalized by core/text/normalized-text.ts only, which checks the length first',
    covers: (path) =>
      inside(server)(path) && path !== `${server}core/text/normalized-text.ts` && !isTest(path),
    forbidsCode: /\.normalize\s*\(/,
  },
  {
    says: 'nobody imports the command line',
    covers: (path) =>
      inside(server)(path) &&
      !inside(`${server}cli/`)(path) &&
      !inside(`${server}references/`)(path) &&
      !isTest(path),
    forbidsImport: (target) => target.startsWith(`${server}cli/`),
  },
  {
    says: 'the store knows nothing of HTTP, accounts or the command line',
    covers: (path) => inside(`${server}store/`)(path) && !isTest(path),
    forbidsImport: (target) =>
      /^packages\/server\/src\/(http|accounts|cli|docs|references|main\.ts)/.test(target),
  },
  {
    says: 'the portal imports nothing of the server',
    covers: inside('packages/portal/'),
    forbidsImport: (target) =>
      target.startsWith('packages/server/') || isPackage(target, /^@lencana\/(server|verifier)/),
  },
  {
    says: 'the portal runs in a browser: it imports nothing of Node',
    covers: (path) => inside('packages/portal/')(path) && !isTest(path),
    forbidsImport: (target) => target.startsWith('node:'),
  },
  {
    says: 'http reads a session by sessionOf of caller.ts only, which passes on the account of the page',
    covers: (path) =>
      inside(`${server}http/`)(path) && path !== `${server}http/public/caller.ts` && !isTest(path),
    forbidsCode: /\bsessionFrom\(/,
  },
  {
    says: 'the portal asks the server by portal-fetch.ts only, which names the account of the page',
    covers: (path) =>
      inside('packages/portal/src/')(path) &&
      path !== 'packages/portal/src/api/portal-fetch.ts' &&
      !isTest(path),
    forbidsCode:
      /(?<![\w.$])fetch\(|\b(?:globalThis|window|self)\.fetch\b|\bXMLHttpRequest\b|\bsendBeacon\b|\bEventSource\b/,
  },
  {
    says: 'the verifier has no dependencies',
    covers: (path) => inside('packages/verifier/src/')(path) && !isTest(path),
    forbidsImport: (target) => !target.startsWith('packages/verifier/'),
  },
];

/** One line for each violation: the file, the rule, and what breaks it. */
export function violations(sources: Source[]): string[] {
  return sources.flatMap((source) =>
    rules.filter((rule) => rule.covers(source.path)).flatMap((rule) => breaches(rule, source)),
  );
}

function breaches(rule: Rule, source: Source): string[] {
  const code = withoutComments(source.text);
  const found = importsOf(source.path, code).filter((target) => rule.forbidsImport?.(target));
  const usage = rule.forbidsCode?.exec(withoutStrings(code))?.[0] ?? rule.forbidsText?.exec(code)?.[0];
  return [...found, ...(usage ? [usage] : [])].map((what) => `${source.path}: ${rule.says}: ${what}`);
}

/** Static, re-exporting, bare and dynamic imports; relative ones as the path of the file they lead to. */
export function importsOf(path: string, code: string): string[] {
  const statement = /(?:^|\n|;)\s*(?:import|export)\b[^'";]*?\bfrom\s*(['"])([^'"]+)\1/g;
  const other = /\bimport\s*\(?\s*(['"])([^'"]+)\1/g;
  const specifiers = [...code.matchAll(statement), ...code.matchAll(other)].map((match) => match[2] ?? '');
  return [...new Set(specifiers)].map((specifier) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
  );
}

/** Blanks block comments and lines that are comments; a `//` after code may be part of a URL and stays. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

/** Blanks quoted strings and what is text in templates; code inside of a template stays. */
function withoutStrings(code: string): string {
  const inTemplate = /(?<!\\)\$\{[^}]*\}/g;
  return code
    .replace(/\s\/\/.*$/gm, '')
    .replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''")
    .replace(/`(?:\\.|[^`\\])*`/g, (template) => (template.match(inTemplate) ?? []).join(' '));
}
