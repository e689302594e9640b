/** A listener with the operator's certificate: what it speaks, what it refuses to start with, and a renewal while it runs. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type PeerCertificate } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { makeCertificate, writeCertificate } from '../../../../tests/certificates.ts';
import { CertificateError, openCertificate } from './certificate.ts';
import { type Binding, bind } from './listen.ts';

type Line = [level: string, facts: Record<string, unknown>, says: string];

function logging() {
  const lines: Line[] = [];
  const at = (level: string) => (facts: unknown, says?: string) =>
    void lines.push([level, facts as Record<string, unknown>, says ?? '']);
  return { lines, log: { info: at('info'), warn: at('warn'), error: at('error') } };
}

function opened(files: { certFile: string; keyFile: string }, clock = Date.now) {
  const { lines, log } = logging();
  return { lines, certificate: openCertificate({ listener: 'public', files, log, clock }) };
}

const bindings: Binding[] = [];
afterEach(async () => {
  for (const binding of bindings.splice(0)) await binding.close();
});

async function listening(certificate: ReturnType<typeof openCertificate>): Promise<Binding> {
  const binding = await bind({ kind: 'tcp', host: '127.0.0.1', port: 0 }, 'LENCANA_LISTEN', certificate);
  binding.server.on('request', (_request, response) => response.end('here'));
  bindings.push(binding);
  return binding;
}

type Handshake = { protocol: string | null; certificate: PeerCertificate; answer: string };

/** One request over a new connection. */
function ask(
  { port }: Binding,
  options: { ca: string; maxVersion?: 'TLSv1.1' | 'TLSv1.2' },
): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: port ?? 0, servername: 'localhost', ...options });
    let answer = '';
    socket.once('error', reject).on('data', (chunk) => {
      answer += chunk;
    });
    socket.once('secureConnect', () => {
      const protocol = socket.getProtocol();
      const certificate = socket.getPeerCertificate();
      socket.once('close', () => resolve({ protocol, certificate, answer }));
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
  });
}

describe('a listener with a certificate', () => {
  test('answers over TLS to who trusts it, and says https', async () => {
    const made = await makeCertificate();
    const binding = await listening(opened(writeCertificate(made)).certificate);
    expect(binding.url).toBe(`https://127.0.0.1:${binding.port}`);
    const { protocol, answer } = await ask(binding, { ca: made.cert });
    expect([protocol, answer.endsWith('here')]).toEqual(['TLSv1.3', true]);
    const stranger = (await makeCertificate()).cert;
    await expect(ask(binding, { ca: stranger })).rejects.toThrow(/self-signed|unable to verify/);
  });

  test('speaks TLS 1.2 and nothing older, after a renewal too', async () => {
    const made = await makeCertificate();
    const { certificate } = opened(writeCertificate(made));
    const binding = await listening(certificate);
    for (const renewed of [false, true]) {
      if (renewed) certificate.renew();
      expect((await ask(binding, { ca: made.cert, maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2');
      const old = {
        ca: made.cert,
        maxVersion: 'TLSv1.1',
        minVersion: 'TLSv1.1',
        ciphers: 'ALL:@SECLEVEL=0',
      } as const;
      await expect(ask(binding, old)).rejects.toThrow(/protocol version/);
    }
  });

  test('shows a renewed one to connections from then on, and lets those under way end', async () => {
    const before = await makeCertificate();
    const files = writeCertificate(before);
    const { certificate, lines } = opened(files);
    const binding = await listening(certificate);
    const after = await makeCertificate();
    writeFileSync(files.certFile, after.cert);
    writeFileSync(files.keyFile, after.key);
    await ask(binding, { ca: before.cert });
    certificate.renew();
    expect((await ask(binding, { ca: after.cert })).answer).toContain('here');
    expect(lines).toEqual([
      ['info', { listener: 'public', file: files.certFile }, 'the certificate was read again'],
    ]);
  });

  test('keeps the old one when the renewed files do not fit together, and says so', async () => {
    const before = await makeCertificate();
    const files = writeCertificate(before);
    const { certificate, lines } = opened(files);
    const binding = await listening(certificate);
    writeFileSync(files.certFile, (await makeCertificate()).cert);
    certificate.renew();
    expect((await ask(binding, { ca: before.cert })).answer).toContain('here');
    expect(lines).toMatchObject([
      ['error', { err: { name: 'CertificateError' } }, expect.stringContaining('old one')],
    ]);
    rmSync(files.certFile);
    certificate.renew();
    expect((await ask(binding, { ca: before.cert })).answer).toContain('here');
    expect(lines).toHaveLength(2);
  });
});

describe('files that are no use are refused by name, without a word of the key:', () => {
  const refusal = (files: { certFile: string; keyFile: string }) => {
    try {
      opened(files);
    } catch (error) {
      if (error instanceof CertificateError) return error.message;
      throw error;
    }
    throw new Error('it was taken');
  };

  test('a missing one', async () => {
    const files = writeCertificate(await makeCertificate());
    rmSync(files.keyFile);
    expect(refusal(files)).toBe(`The private key ${files.keyFile}: there is no such file.`);
  });

  test('one that cannot be read', async () => {
    const files = writeCertificate(await makeCertificate());
    chmodSync(files.certFile, 0o000);
    // Root reads what it likes, but nobody reads a directory.
    const unreadable = process.getuid?.() === 0 ? { ...files, certFile: '/' } : files;
    expect(refusal(unreadable)).toMatch(/^The certificate .*: it cannot be read \(E(ACCES|ISDIR)\)\.$/);
  });

  test('another certificate’s key', async () => {
    const { cert } = await makeCertificate();
    const files = writeCertificate({ cert, key: (await makeCertificate()).key });
    expect(refusal(files)).toContain('is not that of the certificate');
  });

  test('something else', async () => {
    const { cert, key } = await makeCertificate();
    expect(refusal(writeCertificate({ cert: 'hello', key }))).toContain('holds no certificate');
    const mangled = key.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
    const said = refusal(writeCertificate({ cert, key: mangled }));
    expect(said).toContain('holds no private key');
    expect(said).not.toContain(mangled.split('\n')[1]);
  });
});

describe('a certificate out of its time is used, with a warning:', () => {
  test.each([
    ['expired', -1, () => Date.now(), 'the certificate has expired'],
    ['not valid yet', 2, () => 0, 'the certificate is not valid yet'],
  ])('%s', async (_, days, clock, says) => {
    const { lines } = opened(writeCertificate(await makeCertificate(days)), clock);
    expect(lines).toMatchObject([['warn', { listener: 'public' }, says]]);
  });
});
