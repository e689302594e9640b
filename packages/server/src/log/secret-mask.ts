/**
 * Takes out of a text what looks like a secret, in whatever encoding it came: as it is, cut off, in other case, percent-encoded any
 * number of times, escaped as in JSON or HTML, in base64 or hexadecimal, at any place of a longer run. Masks rather too much.
 */

/** What stands for what was taken out. */
const MASK = '…';
/** How often an encoding is taken off: more layers than any client, proxy and framework put on together. */
const LAYERS_MAX = 8;
/** How deep in each other runs of base64 are looked into. */
const BASE64_DEPTH = 2;
/** Of longer texts the rest is cut off: nobody reads it, and each mask costs its length. */
const CHARACTERS_MAX = 64 * 1024;

const SHORT_PREFIX = 5;

const BASE64_RUN = /[A-Za-z0-9+/_-]{10,}/g;
/** The written form of a secret of any deployment. */
const ANY_SECRET = /[A-Za-z0-9]_([0-9A-Za-z]{32})(?![0-9A-Za-z])/g;
/** Credentials of services have no form of their own; neither have passwords. */
const AUTHORIZATION = /\b(?:bearer|basic)[ +]+([^\s"'\\,;]+)/gi;
const URL_PASSWORD = /:\/\/[^\s"'\\/@:]*:([^\s"'\\/]+)@/g;

/** Most runs are words and numbers that decode to noise: what has neither the underscore nor an encoding holds no secret. */
const WORTH_A_LOOK = /[_%\\&]|[A-Za-z0-9+/-]{24}/;

export type SecretMask = (text: string) => string;

/** From where, to where. */
type Range = readonly [from: number, to: number];

/** @param prefix of this deployment's secrets, with its underscore */
export function createSecretMask(prefix: string): SecretMask {
  // A short prefix is a part of many words: there only whole ones count.
  const boundary = prefix.length < SHORT_PREFIX ? '(?<![0-9a-z])' : '';
  const ours = new RegExp(`${boundary}${prefix}([0-9a-z]+)`, 'gi');
  const hexadecimal = new RegExp(`${Buffer.from(prefix).toString('hex')}([0-9a-f]+)`, 'gi');

  /** Looks under each layer of escapes, and above it: what looks like an escape may be the text itself. */
  function secretsIn(original: string, depth: number): Range[] {
    const found: Range[] = [];
    let layer: Layer | null = { text: original, starts: null };
    for (let count = 0; layer !== null && count < LAYERS_MAX; count++) {
      const { starts } = layer;
      for (const [from, to] of secretsAsWritten(layer.text, depth)) {
        found.push(starts === null ? [from, to] : [starts[from] ?? 0, starts[to] ?? original.length]);
      }
      layer = decodeOnce(layer);
    }
    return found;
  }

  function secretsAsWritten(text: string, depth: number): Range[] {
    const found = [ours, ANY_SECRET, AUTHORIZATION, URL_PASSWORD, hexadecimal].flatMap((pattern) =>
      groupsIn(pattern, text),
    );
    if (depth === 0) return found;
    for (const run of text.matchAll(BASE64_RUN)) {
      const from = secretInBase64(run[0], depth);
      if (from !== null) found.push([run.index + from, run.index + run[0].length]);
    }
    return found;
  }

  /** Where in the run it begins; null: nowhere. A run may begin with something else, so that all four alignments are tried. */
  function secretInBase64(run: string, depth: number): number | null {
    for (let skipped = 0; skipped < 4; skipped++) {
      const inner = Buffer.from(run.slice(skipped), 'base64').toString('latin1');
      if (!WORTH_A_LOOK.test(inner)) continue;
      const [first] = secretsIn(inner, depth - 1).sort(([one], [other]) => one - other);
      if (first) return skipped + Math.floor(first[0] / 3) * 4;
    }
    return null;
  }

  return (text) => {
    const kept = text.length > CHARACTERS_MAX ? cut(text) : text;
    return withoutRanges(kept, secretsIn(kept, BASE64_DEPTH));
  };
}

/** The first group of each match. */
function groupsIn(pattern: RegExp, text: string): Range[] {
  return [...text.matchAll(pattern)].map((match) => {
    const group = match[1] ?? '';
    const from = match.index + match[0].lastIndexOf(group);
    return [from, from + group.length];
  });
}

/** A line stays a line of JSON. */
const cut = (text: string) => `${JSON.stringify({ level: 40, msg: text.slice(0, CHARACTERS_MAX) })}\n`;

function withoutRanges(text: string, ranges: readonly Range[]): string {
  let masked = '';
  let at = 0;
  for (const [from, to] of ranges.toSorted(([one], [other]) => one - other)) {
    if (to <= at) continue;
    masked += from > at ? `${text.slice(at, from)}${MASK}` : at === 0 ? MASK : '';
    at = to;
  }
  return masked + text.slice(at);
}

/** A text with some layers of escapes taken off. `starts`: where in the original each character begins; null: where it stands. */
type Layer = { readonly text: string; readonly starts: readonly number[] | null };

/** Each escape that stands for one character, in whichever notation. */
const ESCAPE =
  /%([0-9a-f]{2})|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|&#x0*([0-9a-f]{1,4});|&#0*(\d{1,5});|\\(\\)/gi;

/** null: there is nothing to decode. */
function decodeOnce({ text, starts }: Layer): Layer | null {
  let decoded = '';
  let last = 0;
  const places: number[] = [];
  const take = (from: number, to: number) => {
    for (let at = from; at < to; at++) places.push(starts === null ? at : (starts[at] as number));
  };
  for (const match of text.matchAll(ESCAPE)) {
    take(last, match.index + 1);
    decoded += text.slice(last, match.index) + characterOf(match);
    last = match.index + match[0].length;
  }
  if (last === 0) return null;
  take(last, text.length);
  return { text: decoded + text.slice(last), starts: places };
}

function characterOf([, percent, unicode, hex, html, decimal, backslash]: RegExpMatchArray): string {
  if (backslash !== undefined) return backslash;
  if (decimal !== undefined) return String.fromCharCode(Number(decimal));
  return String.fromCharCode(Number.parseInt(percent ?? unicode ?? hex ?? html ?? '0', 16));
}
