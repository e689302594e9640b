/**
 * Written into the page when the application as a whole has stopped and nothing of it can be drawn: what happened, what to do, and
 * the secret, if one was shown. Needs nothing that may have failed: no component, no catalogue.
 */
import { shell } from '../messages/en/shell.ts';
import { tokens } from '../messages/en/tokens.ts';
import { copyKeys, copyText } from './copy-text.ts';
import { shownSecret } from './shown-secret.ts';

export function showLastResort(): void {
  const { crashed } = shell;
  const main = element('main', 'last-resort');
  main.append(
    element('h1', '', crashed.title),
    element('p', '', `${crashed.what} ${crashed.next}`),
    ...secretParts(),
    button(crashed.reload, () => location.reload()),
  );
  document.querySelector('.last-resort')?.remove();
  // Beside the application's own root, which React still clears after this.
  document.body.append(main);
}

function secretParts(): HTMLElement[] {
  const shown = shownSecret.rescue();
  if (shown === null) return [];
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', warn);
  const field = document.createElement('textarea');
  field.readOnly = true;
  field.rows = 2;
  field.value = shown.secret;
  field.setAttribute('aria-label', tokens.secret.field.replace('{{name}}', shown.tokenName));
  const status = element('p');
  status.setAttribute('role', 'status');
  const copy = button(tokens.secret.copy, () => {
    void copyText(field).then((copied) => {
      if (copied) removeEventListener('beforeunload', warn);
      status.textContent = copied
        ? tokens.secret.copied_status
        : tokens.secret.press_keys.replace('{{keys}}', copyKeys());
    });
  });
  return [
    element('h2', '', tokens.secret.title),
    element('p', '', shell.crashed.secret),
    field,
    copy,
    status,
  ];
}

function element(name: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(label: string, onClick: () => void): HTMLElement {
  const made = element('button', '', label);
  made.addEventListener('click', onClick);
  return made;
}
