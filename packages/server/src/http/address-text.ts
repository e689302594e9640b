/**
 * Reads one address as proxies write it into `X-Forwarded-For` or `Forwarded`: alone, with a port, in brackets, with a zone, quoted,
 * as `for=…`, IPv4 inside IPv6. What is no address (`unknown`, `_hidden`, a name) is null, never a text that others could share.
 */
import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Longer than any spelling of an address: nothing beyond it is looked at. */
const CHARACTERS_MAX = 200;

/** RFC 7239, section 6: the port may be hidden behind a word. */
const PORT = String.raw`(?::(?:\d{1,5}|_[A-Za-z0-9._-]+))?`;
const BRACKETED = new RegExp(String.raw`^\[([^[\]]+)\]${PORT}$`);
const IPV4_AND_PORT = new RegExp(String.raw`^((?:[0-9a-fA-F:]*:)?\d{1,3}(?:\.\d{1,3}){3})${PORT}$`);
/** RFC 7239, section 4: `for="[2001:db8::1]:4711";proto=https`. */
const FORWARDED_FOR = /(?:^|;)\s*for\s*=\s*("[^"]*"|[^;]*)/i;

/** @returns the one spelling of the address that is kept and compared: IPv4 as such, IPv6 by RFC 5952 without its zone */
export function readAddress(written: string): string | null {
  if (written.length > CHARACTERS_MAX) return null;
  const text = unquoted(FORWARDED_FOR.exec(written)?.[1] ?? written);
  // Most are written plainly.
  if (isIPv4(text)) return text;
  const inner = BRACKETED.exec(text)?.[1] ?? IPV4_AND_PORT.exec(text)?.[1] ?? text;
  const [address = ''] = inner.split('%', 1);
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return null;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString();
}

const unquoted = (text: string) =>
  text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
