/**
 * What a browser's passkey answers, as far as its shape goes: texts of bounded length, where code of others would take whatever it finds
 * into a query. Whether it proves anything is better-auth's to judge.
 */
import Type from 'typebox';
import { Value } from 'typebox/value';
import { Refusal } from '../core/refusal.ts';

/** A credential id has 1023 bytes at most (WebAuthn, section 4). */
const ID_LENGTH_MAX = 1400;
/** Beyond what an attestation with its certificates needs. */
const PART_LENGTH_MAX = 64 * 1024;

const base64Url = (maxLength: number) => Type.String({ maxLength, pattern: '^[A-Za-z0-9_-]*={0,2}$' });
const word = Type.String({ maxLength: 64 });
const orNull = <Kind extends Type.TSchema>(kind: Kind) => Type.Optional(Type.Union([kind, Type.Null()]));

const common = {
  id: base64Url(ID_LENGTH_MAX),
  rawId: base64Url(ID_LENGTH_MAX),
  type: word,
  authenticatorAttachment: orNull(word),
  clientExtensionResults: orNull(Type.Object({})),
};
const part = base64Url(PART_LENGTH_MAX);

const SHAPES = {
  authentication: Type.Object({
    ...common,
    response: Type.Object({
      clientDataJSON: part,
      authenticatorData: part,
      signature: part,
      userHandle: orNull(part),
    }),
  }),
  registration: Type.Object({
    ...common,
    response: Type.Object({
      clientDataJSON: part,
      attestationObject: part,
      authenticatorData: orNull(part),
      transports: orNull(Type.Array(word, { maxItems: 16 })),
      publicKeyAlgorithm: orNull(Type.Number()),
      publicKey: orNull(part),
    }),
  }),
};

/** @throws Refusal `invalid_body` */
export function requirePasskeyResponse(act: keyof typeof SHAPES, response: unknown): void {
  if (Value.Check(SHAPES[act], response)) return;
  throw new Refusal(
    'invalid_body',
    'The answer of the passkey is invalid. Nothing was changed. Send `response` as the browser returns it, and try again.',
  );
}
