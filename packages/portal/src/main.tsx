/** Starts the portal in the browser: styles, texts, then the application. Decides nothing. */
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme.css';
import i18next from 'i18next';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startCatalogue } from './messages/catalogue.ts';

startCatalogue(navigator.languages);
document.documentElement.lang = i18next.language;

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
