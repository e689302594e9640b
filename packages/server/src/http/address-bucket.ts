/**
 * Whose requests count together where a limit goes by address. What becomes of requests whose address is not known is for each limit
 * to decide: where they shared a small one, they would lock each other out.
 */
import ipaddr from 'ipaddr.js';

/** @returns an IPv4 address, or the /64 network that one IPv6 client owns whole; null: the address is not known */
export function addressBucket(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${parsed.toNormalizedString().split(':').slice(0, 4).join(':')}::/64`;
}
