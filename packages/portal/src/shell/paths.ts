/** The addresses of the API pages, for links between them. */
export const overviewPath = '/api-overview';
export const tokenListPath = '/api-overview/token';
export const createTokenPath = '/api-overview/token/new';
