/** The pages under /api-overview, as the routes know them. */
export { ApiOverviewPage } from './api-overview-page.tsx';
export { CreateTokenPage } from './create/create-token-page.tsx';
export { TokenTab } from './list/token-tab.tsx';
