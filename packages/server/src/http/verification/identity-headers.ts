/**
 * The names of the headers in which `/verify` tells a gateway who calls. A gateway passes them on to its service, so it must
 * replace or remove every one of them that a client sends: those of today, and those that a later version may send, which a service
 * may come to believe before its gateway's configuration knows them. The sample for nginx is made from these lists.
 */

/** What an answer 200 holds, always all of them, in this order. */
export const IDENTITY_HEADERS = [
  'X-Lencana-User',
  'X-Lencana-Name',
  'X-Lencana-Organization',
  'X-Lencana-Token',
  'X-Lencana-Scopes',
  'X-Lencana-Expires',
] as const;

/** Names that no version has sent yet. A gateway removes them. */
export const RESERVED_HEADERS = [
  'X-Lencana-Access',
  'X-Lencana-Account',
  'X-Lencana-Actor',
  'X-Lencana-Address',
  'X-Lencana-Audience',
  'X-Lencana-Email',
  'X-Lencana-Email-Verified',
  'X-Lencana-Groups',
  'X-Lencana-Help',
  'X-Lencana-Holder',
  'X-Lencana-Kind',
  'X-Lencana-Missing',
  'X-Lencana-On-Behalf-Of',
  'X-Lencana-Organization-Name',
  'X-Lencana-Policy',
  'X-Lencana-Reason',
  'X-Lencana-Request-Id',
  'X-Lencana-Role',
  'X-Lencana-Secret',
  'X-Lencana-Service',
  'X-Lencana-Session',
  'X-Lencana-Token-Name',
  'X-Lencana-Workload',
] as const;
