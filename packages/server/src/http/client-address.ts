/**
 * Where a request comes from: the peer of the socket, or what trusted proxies say of it. Read from the right of `X-Forwarded-For`,
 * where the nearest proxy wrote: the first address that is not trusted is the client's. What a client wrote there itself stands
 * further left and is never reached.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { readAddress } from './address-text.ts';

/** Whether a peer is believed about who is behind it. undefined: the peer of a socket file. */
export type Trust = (peer: string | undefined) => boolean;

/** Which peers are believed about the client's address: those named; `unix` names whoever reaches a socket file. */
export function trusting(proxies: readonly string[]): Trust {
  const named = new BlockList();
  for (const proxy of proxies.filter((name) => name !== 'unix')) {
    const [address = '', bits] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) named.addAddress(address, family);
    else named.addSubnet(address, Number(bits), family);
  }
  return (peer) => {
    if (!peer) return proxies.includes('unix');
    return named.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
  };
}

/**
 * @param forwarded the header as it came, undefined: none
 * @returns null where it is not known: a socket file, or a trusted proxy that names no address. Whoever counts by addresses counts such
 * requests in no one's name.
 */
export function clientAddress(
  socket: Pick<IncomingMessage['socket'], 'remoteAddress'>,
  forwarded: string | undefined,
  trust: Trust,
): string | null {
  const peer = socket.remoteAddress;
  let address = peer === undefined ? null : readAddress(peer);
  if (forwarded === undefined) return address;
  const hops = forwarded.split(',');
  for (let at = hops.length - 1; at >= 0 && trust(address ?? undefined); at--) {
    const hop = hops[at]?.trim() ?? '';
    if (hop === '') continue;
    address = readAddress(hop);
    if (address === null) return null;
  }
  return address;
}
