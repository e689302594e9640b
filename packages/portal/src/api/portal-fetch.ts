/**
 * The portal's only `fetch`: names the account that the page was drawn for, and notices when the server answers that another one
 * is signed in. Judges nothing else of an answer.
 */
import { accountHeader, pageAccount } from './page-account.ts';

export async function portalFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const account = pageAccount.named();
  if (account !== null) request.headers.set(accountHeader, account);
  const response = await globalThis.fetch(request);
  if (response.status === 409 && (await namesAnotherAccount(response.clone()))) pageAccount.change();
  return response;
}

async function namesAnotherAccount(response: Response): Promise<boolean> {
  const body: unknown = await response.json().catch(() => null);
  const code = (body as { code?: unknown } | null)?.code;
  return code === 'account_changed' || code === 'ACCOUNT_CHANGED';
}
