/**
 * Self-signed certificates for tests, made when they are needed: nothing that could be taken for a real key is in the
 * repository, and none ends on a day when nobody remembers it. For servers on this machine only.
 */
import { KeyObject, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { temporaryDirectory } from './run-directory.ts';

/** Both in PEM. A client trusts the server by taking `cert` as its certificate authority. */
export type Certificate = { readonly cert: string; readonly key: string };

const DAY_MS = 24 * 60 * 60 * 1000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** For `localhost` and 127.0.0.1, valid from yesterday on; `days` from now it ends, which may be in the past. */
export async function makeCertificate(days = 2): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const endsAtMs = Date.now() + days * DAY_MS;
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=localhost',
      notBefore: new Date(Math.min(Date.now(), endsAtMs) - DAY_MS),
      notAfter: new Date(endsAtMs),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
        ]),
      ],
    },
    webcrypto,
  );
  return {
    cert: `${made.toString('pem')}\n`,
    key: String(KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' })),
  };
}

/** In files of a directory of their own, as a server is given them. */
export function writeCertificate({ cert, key }: Certificate): { certFile: string; keyFile: string } {
  const directory = temporaryDirectory('certificate');
  const files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key, { mode: 0o600 });
  return files;
}
