/**
 * From the bytes of a request's body to the JSON that they say: strictly UTF-8, in no other charset than declared, and not nested without
 * end. What comes out is what was sent, to the letter. Pure; knows nothing of HTTP but the written form of a media type.
 */

export type JsonFault = 'charset' | 'encoding' | 'syntax' | 'depth';

export type JsonText = { readonly text: string } | { readonly fault: JsonFault };

/** How deep arrays and objects may be nested. No request needs more than three. */
export const JSON_DEPTH_MAX = 20;

/**
 * The text of a JSON body, ready to be parsed. A byte order mark at its start is left out (RFC 8259, section 8.1).
 * @param contentType as it came; without a charset the body is UTF-8
 */
export function jsonText(bytes: Uint8Array, contentType: string): JsonText {
  if (!isUtf8Declared(contentType)) return { fault: 'charset' };
  const text = utf8Text(bytes);
  if (text === null) return { fault: 'encoding' };
  return isDeeperThan(text, JSON_DEPTH_MAX) ? { fault: 'depth' } : { text };
}

/** The text that the bytes are in UTF-8; null if they are invalid. A replacement character would change what was sent. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Whether a media type declares UTF-8 or a part of it, or no charset at all. Two charsets that differ declare nothing. */
export function isUtf8Declared(contentType: string): boolean {
  const declared = [...contentType.matchAll(/;[ \t]*charset[ \t]*=[ \t]*"?([^";, \t]*)"?/gi)];
  return declared.every(([, charset = '']) => /^(utf-?8|us-ascii)$/i.test(charset));
}

/** One pass over the text; what stands in strings does not count. */
function isDeeperThan(text: string, depthMax: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === BRACKET || code === BRACE) {
      if (++depth > depthMax) return true;
    } else if (code === BRACKET_END || code === BRACE_END) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
