/**
 * The part of the sample for nginx that is written from the list of headers: what the verifier said goes to the service, and whatever
 * else a client sends under such a name does not.
 */
import { IDENTITY_HEADERS, RESERVED_HEADERS } from '../http/verification/identity-headers.ts';

const variableOf = (header: string) => header.toLowerCase().replaceAll('-', '_');

/** Directives for the context `server`, and for each location that sets a header of its own. */
export function nginxIdentity(): string {
  const names = IDENTITY_HEADERS.map((header) => [header, variableOf(header)] as const);
  return `# Written by npm run generate from packages/server/src/http/verification/identity-headers.ts. Change it there.
#
# Include this file in the server, and again in each location that has a proxy_set_header of its own: nginx inherits these
# lines only in locations that have no proxy_set_header.

# What Lencana says of the caller.
${names.map(([, variable]) => `auth_request_set $${variable.slice(2)} $upstream_http_${variable};\n`).join('')}auth_request_set $lencana_challenge $upstream_http_www_authenticate;

# Replaces what the client sent under these names.
${names.map(([header, variable]) => `proxy_set_header ${header} $${variable.slice(2)};\n`).join('')}
# Names that a later version may use. Until then nobody sends them.
${RESERVED_HEADERS.map((header) => `proxy_set_header ${header} "";\n`).join('')}
# The service needs no secret, so it gets none.
proxy_set_header Authorization "";
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Host $server_name;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header Forwarded "";
proxy_set_header Host $server_name;
# Some services take the path from these, and would be asked for another place than nginx has judged.
proxy_set_header X-Original-URL "";
proxy_set_header X-Original-URI "";
proxy_set_header X-Rewrite-URL "";
proxy_set_header X-Forwarded-Prefix "";
proxy_set_header Lencana-Client-Authorization "";
# Connections to the service stay open and are used again.
proxy_set_header Connection "";
`;
}
