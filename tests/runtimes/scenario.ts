/**
 * What a service does with the library, the same on every runtime: secrets and their form, digests, and a token from its verification
 * to its deletion, against a running server. Says what it found; a test judges. Uses nothing of any one runtime.
 */
import type * as Face from '@lencana/verifier';
import type * as Inner from '@lencana/verifier/node';

/** What service owners import, and what the server does. */
type Library = typeof Face & Pick<typeof Inner, 'generateSecret' | 'hashAscii' | 'bytesOfWords'>;

export type Parameters = {
  readonly verificationUrl: string;
  readonly publicUrl: string;
  readonly credential: string;
  /** A token that lives, and another token of its holder that deletes it. */
  readonly secret: string;
  readonly tokenId: string;
  readonly deleterSecret: string;
};

export type Found = Awaited<ReturnType<typeof scenario>>;

export async function scenario(library: Library, parameters: Parameters) {
  return {
    ...secrets(library),
    ...(await digests(library)),
    ...(await life(library, parameters)),
  };
}

function secrets({ parseSecret, maskSecret, generateSecret, maskSecretsIn }: Library) {
  const text = 'cldkctl_ABCDEFGHIJKLMNOPQRSTUVWXYZ3zTzEP';
  const secret = parseSecret(text);
  const [one, other] = [generateSecret('acme_'), generateSecret('acme_')];
  return {
    masked: secret && maskSecret(secret),
    printed: `${secret} ${JSON.stringify(secret)}`,
    typo: parseSecret(text.replace('ABC', 'ABD')),
    inText: maskSecretsIn(`token=${text}!`),
    generated: [one, other].map((each) => parseSecret(each.reveal(), 'acme_') !== null),
    differ: one.reveal() !== other.reveal(),
  };
}

async function digests({ hashAscii, bytesOfWords }: Library) {
  const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const texts = ['', 'abc', 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', 'a'.repeat(1000)];
  const ours = texts.map((text) => hex(bytesOfWords(hashAscii(text, new Int32Array(8)))));
  const theirs: string[] = [];
  for (const text of texts) {
    theirs.push(hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))));
  }
  return { digests: ours.slice(0, 3), asWebCrypto: ours.join() === theirs.join() };
}

async function life({ createVerifier, generateSecret }: Library, parameters: Parameters) {
  const { secret, tokenId, deleterSecret } = parameters;
  const errors: string[] = [];
  const verifier = createVerifier({
    url: parameters.verificationUrl,
    credential: parameters.credential,
    onError: (error) => errors.push(error.code),
  });
  const first = await verifier.verify(secret, { address: '192.0.2.1', agent: 'scenario' });
  // What was read ahead of the log is kept once the log is read up to there, which is a moment later.
  let fromMemory = verifier.verifyNow(secret);
  for (let look = 0; look < 300 && fromMemory instanceof Promise; look++) {
    await fromMemory;
    await new Promise((resolve) => setTimeout(resolve, 10));
    fromMemory = verifier.verifyNow(secret);
  }
  const stranger = await verifier.verify(generateSecret().reveal());
  const rubbish = await verifier.verify('rubbish');
  const deletion = await fetch(`${parameters.publicUrl}/api/v1/tokens/${tokenId}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${deleterSecret}` },
  });
  await deletion.text();
  const afterwards = await verifier.verify(secret);
  await verifier.close();
  const closed = await verifier.verify(deleterSecret);
  return {
    holder: first.outcome === 'active' ? first.token.holderName : first,
    fromMemory: fromMemory instanceof Promise ? 'a promise' : fromMemory.outcome,
    stranger: stranger.outcome === 'refused' ? stranger.reason : stranger,
    rubbish: rubbish.outcome === 'refused' ? rubbish.reason : rubbish,
    deletion: deletion.status,
    afterwards: afterwards.outcome === 'refused' ? afterwards.reason : afterwards.outcome,
    closed: closed.outcome,
    errors,
  };
}
