/** Starts the portal in the browser: styles, texts, then the application. Whatever stops it, something is said. */
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme.css';
import './shell/frame.css';
import i18next from 'i18next';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startCatalogue } from './messages/catalogue.ts';
import { liveWithForeignEdits } from './shell/foreign-edits.ts';
import { showLastResort } from './shell/last-resort.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');

try {
  liveWithForeignEdits();
  startCatalogue(navigator.languages);
  document.documentElement.lang = i18next.language;
  const onUncaughtError = (error: unknown): void => {
    reportError(error);
    showLastResort();
  };
  createRoot(root, { onUncaughtError }).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
} catch (error) {
  reportError(error);
  showLastResort();
}
