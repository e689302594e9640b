/**
 * The certificate of a listener, from the operator's files: read and checked at the start, read again when the operator says so. A
 * renewal that cannot be used changes nothing. Gets no certificates and watches no files.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { FastifyBaseLogger } from 'fastify';
import type { CertificateFiles } from '../config/readers.ts';
import type { Config } from '../config.ts';
import { checkTrustedFile, TrustError } from '../files/trusted-files.ts';

/** The files are no use to a listener; the message says which and why. Holds nothing of the key. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** What a TLS server is made with, and given anew. */
export type TlsIdentity = {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
};

export type ListenerCertificate = {
  readonly current: () => TlsIdentity;
  readonly onRenewal: (take: (renewed: TlsIdentity) => void) => void;
  /** Reads the files again. Never throws: what cannot be used is logged, and the certificate in use stays. */
  readonly renew: () => void;
};

export type CertificateParts = {
  /** As it is called in the log: `public` or `verification`. */
  readonly listener: string;
  readonly files: CertificateFiles;
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  readonly clock: () => number;
};

/** @throws CertificateError */
export function openCertificate({ listener, files, log, clock }: CertificateParts): ListenerCertificate {
  const takers: ((renewed: TlsIdentity) => void)[] = [];
  let identity = take();

  function take(): TlsIdentity {
    const { read, certificate } = readIdentity(files);
    const nowMs = clock();
    const facts = { listener, file: files.certFile, until: certificate.validToDate.toISOString() };
    if (certificate.validToDate.getTime() <= nowMs) log.warn(facts, 'the certificate has expired');
    else if (certificate.validFromDate.getTime() > nowMs) log.warn(facts, 'the certificate is not valid yet');
    return read;
  }

  return {
    current: () => identity,
    onRenewal: (taker) => takers.push(taker),
    renew: () => {
      try {
        identity = take();
        for (const taker of takers) taker(identity);
        log.info({ listener, file: files.certFile }, 'the certificate was read again');
      } catch (error) {
        log.error(
          { listener, err: error },
          'the certificate could not be read again; the old one stays in use',
        );
      }
    },
  };
}

/** Of both listeners. */
export type Certificates = {
  /** null: that listener speaks plain HTTP. */
  readonly public: ListenerCertificate | null;
  readonly verification: ListenerCertificate | null;
  readonly renew: () => void;
};

/** @throws CertificateError */
export function openCertificates(
  { tls, verifyTls }: Pick<Config, 'tls' | 'verifyTls'>,
  log: CertificateParts['log'],
): Certificates {
  const open = (listener: string, files: CertificateFiles | null) =>
    files && openCertificate({ listener, files, log, clock: Date.now });
  const both = { public: open('public', tls), verification: open('verification', verifyTls) };
  return {
    ...both,
    renew: () => {
      both.public?.renew();
      both.verification?.renew();
    },
  };
}

function readIdentity({ certFile, keyFile }: CertificateFiles): {
  read: TlsIdentity;
  certificate: X509Certificate;
} {
  const cert = readPem(certFile, 'certificate');
  const key = readPem(keyFile, 'private key');
  const certificate = parsed(() => new X509Certificate(cert), `${certFile} holds no certificate in PEM.`);
  const privateKey = parsed<KeyObject>(
    () => createPrivateKey(key),
    `${keyFile} holds no private key in PEM without a passphrase.`,
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateError(
      `The private key in ${keyFile} is not that of the certificate in ${certFile}.`,
    );
  }
  const read = { cert, key, minVersion: 'TLSv1.2' } as const;
  parsed(() => createSecureContext(read), `${certFile} holds a certificate that TLS cannot use.`);
  return { read, certificate };
}

function readPem(file: string, what: string): string {
  try {
    checkTrustedFile(file, `The ${what}`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof TrustError) throw new CertificateError(error.message);
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new CertificateError(`The ${what} ${file}: ${why}.`);
  }
}

/** The parser's own words could quote the file. */
function parsed<Value>(parse: () => Value, otherwise: string): Value {
  try {
    return parse();
  } catch {
    throw new CertificateError(otherwise);
  }
}
