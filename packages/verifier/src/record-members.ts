/**
 * How the members of a record are declared: once, and from that come its type, its form on the wire (snake_case JSON) and its form in
 * the cache (one short string). Which records there are, entry-kinds.ts says.
 */

/** What a verifier must know of to judge a record that has it. A node gives the record to nobody who does not. */
export type Restriction =
  | 'secret_end'
  | 'token_end'
  | 'revocation'
  | 'deactivation'
  | 'scopes'
  | 'refusal'
  // One that a newer release has.
  | (string & {});

/** One member of a record. */
export type Member<Value> = {
  /** From JSON. @throws TypeError that says what the value is not */
  read(value: unknown): Value;
  pack(value: Value): string;
  unpack(text: string): Value;
  /** Where the value is not null, the record is judged rightly only by who knows of this; null: it only informs. */
  readonly restricts: Restriction | null;
  /** Whether many records have the same value, so that the cache keeps it once. */
  readonly repeats: boolean;
};

/** Each is used with values of its own only. */
export type Members = Readonly<Record<string, Member<unknown>>>;

export type RecordOf<M extends Members> = {
  readonly [Name in keyof M]: M[Name] extends Member<infer Value> ? Value : never;
};

type Traits = { readonly restricts?: Restriction; readonly repeats?: boolean };

export const text = (traits?: Traits) => member(readText, packText, unpackText, traits);
export const textOrNull = (traits?: Traits) => orNull(text(traits));
/** Epoch milliseconds. */
export const instant = (traits?: Traits) => member(readInstant, packInstant, unpackInstant, traits);
export const instantOrNull = (traits?: Traits) => orNull(instant(traits));
export const textList = (traits?: Traits) => member(readTexts, JSON.stringify, JSON.parse, traits);
export const textListOrNull = (traits?: Traits) => orNull(textList(traits));

const RADIX = 36;
/** Begins the packed form of a text that is sixteen bytes in hexadecimal digits: each byte is one character there. */
const [UUID, HEX] = ['\u0001', '\u0002'];
const AS_IT_IS = '\u0003';
const UUID_FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HEX_FORM = /^[0-9a-f]{32}$/;

function member<Value>(
  read: (value: unknown) => Value,
  pack: (value: Value) => string,
  unpack: (packed: string) => Value,
  { restricts = null, repeats = false }: { restricts?: Restriction | null; repeats?: boolean } = {},
): Member<Value> {
  return { read, pack, unpack, restricts, repeats };
}

/** Nothing packs to an empty string but null. */
function orNull<Value>(of: Member<Value>): Member<Value | null> {
  return {
    ...of,
    read: (value) => (value === null ? null : of.read(value)),
    pack: (value) => (value === null ? '' : of.pack(value)),
    unpack: (packed) => (packed === '' ? null : of.unpack(packed)),
  };
}

function readText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('must be a text');
  return value;
}

function readInstant(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new TypeError('must be an instant in milliseconds');
  return value as number;
}

/** An instant of our times in six characters. */
const SIX = 256 ** 6;
const SHIFT_MS = SIX / 2;

function packInstant(atMs: number): string {
  let rest = atMs + SHIFT_MS;
  if (!(rest >= 0 && rest < SIX)) return `x${atMs}`;
  let packed = '';
  for (let digit = 0; digit < 6; digit++) {
    packed = String.fromCharCode(rest % 256) + packed;
    rest = Math.floor(rest / 256);
  }
  return packed;
}

function unpackInstant(packed: string): number {
  // Of six characters are those of our times only: an instant beyond them has more digits.
  if (packed.length !== 6) return Number(packed.slice(1));
  let atMs = 0;
  for (let digit = 0; digit < 6; digit++) atMs = atMs * 256 + packed.charCodeAt(digit);
  return atMs - SHIFT_MS;
}

function readTexts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('must be a list of texts');
  return value.map(readText);
}

function packText(value: string): string {
  if (value.length === 36 && UUID_FORM.test(value)) return UUID + bytesOf(value.replaceAll('-', ''));
  if (value.length === 32 && HEX_FORM.test(value)) return HEX + bytesOf(value);
  return value === '' || value.charCodeAt(0) <= 3 ? AS_IT_IS + value : value;
}

function unpackText(packed: string): string {
  switch (packed.charCodeAt(0)) {
    case 1:
      return digitsOf(packed, UUID_CODES);
    case 2:
      return digitsOf(packed, HEX_CODES);
    case 3:
      return packed.slice(1);
    default:
      return packed;
  }
}

function bytesOf(digits: string): string {
  let bytes = '';
  for (let at = 0; at < digits.length; at += 2) {
    bytes += String.fromCharCode(Number.parseInt(digits.slice(at, at + 2), 16));
  }
  return bytes;
}

const DIGITS = '0123456789abcdef';
const DASH = '-'.charCodeAt(0);
/** The characters of a text being made: put together one by one they would be as many objects. */
const UUID_CODES = [...'00000000-0000-0000-0000-000000000000'].map((one) => one.charCodeAt(0));
const HEX_CODES = new Array<number>(32).fill(0);

function digitsOf(packed: string, codes: number[]): string {
  for (let at = 1, to = 0; at < packed.length; at++) {
    const byte = packed.charCodeAt(at);
    if (codes[to] === DASH) to++;
    codes[to++] = DIGITS.charCodeAt(byte >> 4);
    codes[to++] = DIGITS.charCodeAt(byte & 15);
  }
  return String.fromCharCode(...codes);
}

/** `holderName` is `holder_name` on the wire. */
const wireName = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** How a kind of record is written: for the wire, and for the cache. */
export type RecordForm<Value> = {
  write(value: Value): Record<string, unknown>;
  /** Members that it does not know are passed over. @throws TypeError that names the member which is not what it must be */
  read(json: Readonly<Record<string, unknown>>): Value;
  pack(value: Value): string;
  unpack(packed: string): Value;
  /** What a verifier must know of to judge this record. */
  restrictionsOf(value: Value): Restriction[];
  /** Every restriction that a record of this kind can have. */
  readonly restrictions: readonly Restriction[];
};

/** How many different values of members that repeat are kept apart from their records. */
const REPEATED_MAX = 250;
/** Where a member's length has no room in one character. */
const LONG = 0xff;
const LONG_DIGITS = 8;

const withLength = (packed: string): string =>
  packed.length < LONG
    ? String.fromCharCode(packed.length) + packed
    : `${String.fromCharCode(LONG)}${packed.length.toString(RADIX).padStart(LONG_DIGITS, '0')}${packed}`;

export function formOf<M extends Members>(members: M): RecordForm<RecordOf<M>> {
  type Value = RecordOf<M>;
  const all = Object.entries(members).map(([name, each]) => ({
    ...each,
    name,
    wire: wireName(name),
    /** Values kept once, by their packed form. */
    numbers: new Map<string, string>(),
    values: [] as unknown[],
  }));

  /** Copied, it has room for every member at once, in an order that is always the same. */
  const blank: Readonly<Record<string, unknown>> = Object.fromEntries(all.map(({ name }) => [name, null]));

  /** A value that repeats is one character, its number; after the number 0 it stands itself. */
  function packed(each: (typeof all)[number], value: unknown): string {
    const whole = each.pack(value);
    if (!each.repeats) return withLength(whole);
    const known = each.numbers.get(whole);
    if (known !== undefined) return known;
    if (each.values.length >= REPEATED_MAX) return `\u0000${withLength(whole)}`;
    const number = String.fromCharCode(each.values.length + 1);
    each.values.push(each.unpack(whole));
    each.numbers.set(whole, number);
    return number;
  }

  return {
    write: (value) => Object.fromEntries(all.map(({ name, wire }) => [wire, value[name]])),
    read(json) {
      const record: Record<string, unknown> = {};
      for (const { name, wire, read } of all) {
        try {
          record[name] = read(json[wire]);
        } catch (error) {
          throw new TypeError(`${wire} ${error instanceof Error ? error.message : 'cannot be read'}`);
        }
      }
      return record as Value;
    },
    pack(value) {
      let text = '';
      for (const each of all) text += packed(each, value[each.name]);
      return text;
    },
    unpack(text) {
      const record: Record<string, unknown> = { ...blank };
      let at = 0;
      for (const each of all) {
        const number = each.repeats ? text.charCodeAt(at++) : 0;
        if (number !== 0) {
          record[each.name] = each.values[number - 1];
          continue;
        }
        let length = text.charCodeAt(at++);
        if (length === LONG) {
          length = Number.parseInt(text.slice(at, at + LONG_DIGITS), RADIX);
          at += LONG_DIGITS;
        }
        record[each.name] = each.unpack(text.slice(at, at + length));
        at += length;
      }
      return record as Value;
    },
    restrictionsOf: (value) =>
      all.flatMap(({ name, restricts }) => (restricts !== null && value[name] !== null ? [restricts] : [])),
    restrictions: [...new Set(all.flatMap(({ restricts }) => restricts ?? []))],
  };
}
