/** Every way in which a token can be asked about, and how its answer reads. Sends nothing. */
import type { Question, Reply } from './http-client.ts';

export type Outcome = 'accepted' | 'refused' | 'unavailable' | 'no answer' | 'odd';

export type Door = {
  readonly name: string;
  /** The node or service behind it; null: the balancer chooses. */
  readonly behind: string | null;
  readonly kind: 'verify' | 'me' | 'introspect' | 'service' | 'balanced';
  readonly question: (secret: string) => Question;
  readonly outcomeOf: (reply: Reply) => Outcome;
};

export type Credential = { readonly client_id: string; readonly client_secret: string };

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

export const verifyDoor = (behind: string, url: () => string): Door => ({
  name: `${behind} /verify`,
  behind,
  kind: 'verify',
  question: (secret) => ({ url: `${url()}/verify`, headers: bearer(secret) }),
  outcomeOf: byStatus,
});

export const meDoor = (behind: string, url: () => string): Door => ({
  name: `${behind} /api/v1/me`,
  behind,
  kind: 'me',
  question: (secret) => ({ url: `${url()}/api/v1/me`, headers: bearer(secret) }),
  outcomeOf: byStatus,
});

export const introspectDoor = (behind: string, url: () => string, credential: Credential): Door => ({
  name: `${behind} /introspect`,
  behind,
  kind: 'introspect',
  question: (secret) => ({
    url: `${url()}/introspect`,
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${credential.client_id}:${credential.client_secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: `token=${secret}`,
  }),
  outcomeOf: (reply) => {
    if (reply.status !== 200) return byStatus(reply);
    return reply.text.startsWith('{"active":true') ? 'accepted' : 'refused';
  },
});

export const serviceDoor = (behind: string, url: () => string): Door => ({
  name: behind,
  behind,
  kind: 'service',
  question: (secret) => ({ url: `${url()}/`, headers: bearer(secret) }),
  outcomeOf: byStatus,
});

export const balancedDoor = (url: () => string): Door => ({
  name: 'balancer /verify',
  behind: null,
  kind: 'balanced',
  question: (secret) => ({ url: `${url()}/verify`, headers: bearer(secret) }),
  outcomeOf: byStatus,
});

/** 502 is the balancer's word for a node that it cannot reach. */
function byStatus({ status }: Reply): Outcome {
  if (status === 200) return 'accepted';
  if (status === 401 || status === 403) return 'refused';
  if (status === 503) return 'unavailable';
  return status === 502 ? 'no answer' : 'odd';
}
