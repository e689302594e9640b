/** Names requests: a random name of the process, and a number. Cheaper than a random one for each, and no less unique. */
import { randomBytes } from 'node:crypto';

const processName = randomBytes(12).toString('base64url');
let requests = 0;

/** Different from every other of every process; says nothing to who does not have the log. */
export function nextRequestId(): string {
  requests++;
  return `${processName}-${requests.toString(36)}`;
}
