/** The pages under /api-overview, as the routes know them. */
export { ApiOverviewPage } from './api-overview-page.tsx';
export { CreateTokenPage } from './create-token-page.tsx';
export { OverviewTab } from './overview-tab.tsx';
export { TokenTab } from './token-tab.tsx';
