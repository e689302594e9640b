/** Who a change made by a command is from, as the audit trail has it: the operator, by which command. */
import type { Actor } from '../core/ports.ts';

export const operator = (client: string): Actor => ({
  kind: 'operator',
  id: null,
  address: null,
  client,
  requestId: null,
});
