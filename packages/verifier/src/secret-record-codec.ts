/** A secret's record as one short string, the form in which most of the cache holds it. */
import type { SecretRecord } from './authority.ts';
import type { Codec } from './leased-cache.ts';

/** No scope, id or encoded number has it; a name that does makes the record take the long form. */
const SEPARATOR = '\u001f';
const RADIX = 36;

export const secretRecordCodec: Codec<SecretRecord> = {
  encode: (record) => {
    const { token } = record;
    const fields = [
      instant(record.secretEndsAtMs),
      instant(record.revokedAtMs),
      instant(record.holderDeactivatedAtMs),
      token.tokenId,
      token.tokenName,
      token.holderId,
      token.holderName,
      token.holderEmail,
      token.organizationId,
      token.scopes.join(' '),
      instant(token.createdAtMs),
      instant(token.expiresAtMs),
    ];
    const text = fields.join(SEPARATOR);
    return isExact(text, fields.length, token.scopes) ? text : JSON.stringify(record);
  },
  decode: (text) => {
    if (text.startsWith('{')) return JSON.parse(text) as SecretRecord;
    const fields = text.split(SEPARATOR);
    const at = (index: number) => fields[index] as string;
    return {
      secretEndsAtMs: instantOf(at(0)),
      revokedAtMs: instantOf(at(1)),
      holderDeactivatedAtMs: instantOf(at(2)),
      token: {
        tokenId: at(3),
        tokenName: at(4),
        holderId: at(5),
        holderName: at(6),
        holderEmail: at(7),
        organizationId: at(8),
        scopes: at(9) === '' ? [] : at(9).split(' '),
        createdAtMs: instantOf(at(10)) ?? 0,
        expiresAtMs: instantOf(at(11)),
      },
    };
  },
};

const instant = (atMs: number | null) => (atMs === null ? '' : atMs.toString(RADIX));
const instantOf = (text: string) => (text === '' ? null : Number.parseInt(text, RADIX));

/** Whether the short form reads back as what it was made of. */
function isExact(text: string, fields: number, scopes: readonly string[]): boolean {
  if (scopes.some((scope) => scope === '' || scope.includes(' '))) return false;
  let separators = 0;
  for (let at = text.indexOf(SEPARATOR); at !== -1; at = text.indexOf(SEPARATOR, at + 1)) separators++;
  return separators === fields - 1;
}
