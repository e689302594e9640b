/** Which pages the documentation has, in reading order. Each is `docs/<name>.md`; its first heading is its title. */
export const CONTENTS = [
  {
    group: 'Use a token',
    pages: [
      'how-to-get-token/index',
      'how-to-get-token/generate-new-token',
      'how-to-get-token/use-token',
      'how-to-get-token/find-and-delete-token',
      'how-to-get-token/refused-token',
      'account/your-account',
    ],
  },
  { group: 'Check tokens', pages: ['verify', 'embed'] },
  {
    group: 'Run the portal',
    pages: [
      'operate/one-node',
      'operate/accounts',
      'operate/tls',
      'operate/many-nodes',
      'operate/postgresql',
      'operate/failover',
      'operate/observe',
      'operate/sizing',
      'operate/connections',
      'operate/upgrade',
      'configuration',
      'cli',
    ],
  },
  { group: 'Reference', pages: ['api', 'errors'] },
] as const;

/** The page at `/docs` itself. */
export const FIRST_PAGE = 'index';

export type PageName = (typeof CONTENTS)[number]['pages'][number] | typeof FIRST_PAGE;

export const PAGE_NAMES: readonly PageName[] = [FIRST_PAGE, ...CONTENTS.flatMap(({ pages }) => pages)];

/** Addresses that pages once had, and theirs now: links to them are out in the world. */
export const MOVED: Readonly<Record<string, PageName>> = {
  '/docs/operate': 'operate/one-node',
  '/docs/first-token': 'how-to-get-token/generate-new-token',
};

/** Address of a page on the public listener. The page `a/index` is at `/docs/a`. */
export const pathOf = (name: PageName): string => `/docs/${name}`.replace(/\/index$/, '');
