/** An actor as the columns of `audit_events` and of `change_actor`. */
import type { Actor } from '../../core/access/actor.ts';

export const actorColumns = (actor: Actor) => ({
  actor_kind: actor.kind === 'visitor' ? 'user' : actor.kind,
  actor_id: actor.id,
  on_behalf_of: actor.onBehalfOf,
  way: actor.way,
  via: actor.via,
  address: actor.address,
  agent: actor.agent,
  request_id: actor.requestId,
  session_id: actor.sessionId,
  token_id: actor.tokenId,
  secret_id: actor.secretId,
  workload: actor.workload,
});

export type ActorColumns = ReturnType<typeof actorColumns>;
