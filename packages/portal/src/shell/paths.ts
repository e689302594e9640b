/** Addresses of pages, for links between them. */
export const overviewPath = '/api-overview';
export const tokenListPath = '/api-overview/token';
/** Where a page goes whose account is not the one that is signed in. */
export const accountChangedPath = '/account-changed';
export const createTokenPath = '/api-overview/token/new';
