/**
 * A passkey device for tests: makes and uses one ES256 key, as WebAuthn Level 3 writes it down. Checks
 * nothing about the site it serves.
 */
import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

type Ceremony = { readonly challenge: string };

export type Authenticator = {
  readonly create: (options: Ceremony, origin: string) => Record<string, unknown>;
  readonly get: (options: Ceremony, origin: string) => Record<string, unknown>;
};

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest();
const base64url = (data: Uint8Array | string) => Buffer.from(data).toString('base64url');

/** Major types of CBOR that attestation needs: integers, byte strings, text, maps (RFC 8949, 3.1). */
function cbor(value: number | string | Uint8Array | Map<number | string, unknown>): Buffer {
  // The shortest form of each length, as CTAP2 asks.
  const head = (major: number, n: number) => {
    if (n < 24) return Buffer.from([(major << 5) | n]);
    return Buffer.from(n < 256 ? [(major << 5) | 24, n] : [(major << 5) | 25, n >> 8, n & 255]);
  };
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].flatMap(([key, entry]) => [
    cbor(key),
    cbor(entry as Parameters<typeof cbor>[0]),
  ]);
  return Buffer.concat([head(5, value.size), ...entries]);
}

/** `verifiesPerson`: sets the flag that says PIN, finger or face was checked. */
export function createAuthenticator(rpId: string, { verifiesPerson = true } = {}): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const id = randomBytes(16);
  let counter = 0;
  const data = (attested: Buffer) => {
    counter += 1;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const flags = 0x01 | (verifiesPerson ? 0x04 : 0) | (attested.length ? 0x40 : 0);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count, attested]);
  };
  const clientData = (type: string, { challenge }: Ceremony, origin: string) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const credential = (response: Record<string, unknown>) => ({
    id: base64url(id),
    rawId: base64url(id),
    type: 'public-key',
    clientExtensionResults: {},
    response,
  });
  return {
    create: (options, origin) => {
      const key = cbor(
        new Map<number, number | Buffer>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, Buffer.from(x, 'base64url')],
          [-3, Buffer.from(y, 'base64url')],
        ]),
      );
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, key]);
      const statement = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', data(attested)],
      ]);
      return credential({
        clientDataJSON: base64url(clientData('webauthn.create', options, origin)),
        attestationObject: base64url(cbor(statement)),
        transports: ['internal'],
      });
    },
    get: (options, origin) => {
      const authenticatorData = data(Buffer.alloc(0));
      const client = clientData('webauthn.get', options, origin);
      const signed = createSign('sha256').update(authenticatorData).update(sha256(client)).sign(privateKey);
      return credential({
        clientDataJSON: base64url(client),
        authenticatorData: base64url(authenticatorData),
        signature: base64url(signed),
      });
    },
  };
}
