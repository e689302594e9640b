/**
 * What a link to a page carries in its fragment, like `/reset-password#token=…`. It is taken out of the address at once and kept in
 * this page's memory alone, until the page is closed or loaded anew. The server decides what it is worth.
 */
import { useEffect, useState } from 'react';
import { useLocation } from 'react-router';

type LinkSecretName = 'token' | 'invitation' | 'code';

const taken = new Map<string, string>();

/** One page's token is nothing for another's. */
function takeLinkSecret(path: string, name: LinkSecretName): string {
  const key = `${path}#${name}`;
  const value = new URLSearchParams(location.hash.slice(1)).get(name)?.trim();
  if (value) {
    taken.set(key, value);
    history.replaceState(history.state, '', `${location.pathname}${location.search}`);
  }
  return taken.get(key) ?? '';
}

/** Empty: the page was opened without one. A link opened in this tab later counts too. */
export function useLinkSecret(name: LinkSecretName): string {
  const { pathname, hash } = useLocation();
  const [value, setValue] = useState(() => takeLinkSecret(pathname, name));
  useEffect(() => {
    if (hash !== '' || value === '') setValue(takeLinkSecret(pathname, name));
  }, [hash, pathname, name, value]);
  return value;
}
