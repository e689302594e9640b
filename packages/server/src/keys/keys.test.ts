import { createHash, createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@lencana/verifier/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeysError, parseKeys, readKeysFile } from './keys.ts';
import { createReplySealer } from './reply-sealer.ts';

const ONE = Buffer.alloc(32, 1).toString('base64url');
const TWO = Buffer.alloc(32, 2).toString('base64url');
const SECRET = new Secret('cldkctl_0000000000000000000000000030gj4T');

describe('the digest of a secret', () => {
  it('is HMAC-SHA-256 of its SHA-256 under the newest key, and older keys find it too', () => {
    const keys = parseKeys(JSON.stringify({ root: ONE, digest: { 1: ONE, 2: TWO } }), 'test');
    const inner = createHash('sha256').update(SECRET.reveal()).digest();
    const under = (byte: number) => createHmac('sha256', Buffer.alloc(32, byte)).update(inner).digest('hex');
    expect(keys.current(SECRET).keyVersion).toBe(2);
    expect(keys.all(SECRET).map(({ digest }) => Buffer.from(digest).toString('hex'))).toEqual([
      under(2),
      under(1),
    ]);
    expect(keys.fingerprints.get(1)).toMatch(/^[0-9a-f]{32}$/);
    expect([...keys.fingerprints.keys()].sort()).toEqual([0, 1, 2]);
    expect(keys.fingerprints.get(1)).not.toBe(keys.fingerprints.get(2));
  });
});

describe('the keys file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lencana-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, for its owner alone', () => {
    const file = join(folder, 'keys.json');
    const made = readKeysFile(file, true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect([...readKeysFile(file, true).fingerprints]).toEqual([...made.fingerprints]);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('is refused when others can read it, and when it is missing where one was named', () => {
    const file = join(folder, 'keys.json');
    expect(() => readKeysFile(file, false)).toThrow(KeysError);
    readKeysFile(file, true);
    chmodSync(file, 0o644);
    expect(() => readKeysFile(file, true)).toThrow(/chmod 600/);
  });

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"root":"x"}',
    `{"root":"${ONE}"}`,
    `{"root":"${ONE}","digest":{"x":"${ONE}"}}`,
  ])('is refused when it holds %j, without saying what it holds', (text) => {
    const file = join(folder, 'broken.json');
    writeFileSync(file, text, { mode: 0o600 });
    expect(() => readKeysFile(file, true)).toThrow(KeysError);
    try {
      readKeysFile(file, true);
    } catch (error) {
      expect(String(error)).not.toContain(ONE);
    }
  });
});

describe('a sealed reply', () => {
  const sealer = createReplySealer(Buffer.alloc(32, 7));
  const call = {
    route: 'POST /api/v1/tokens',
    holderId: 'u1',
    key: 'key-of-the-client-0001',
    body: { name: 'a', deep: { x: 1, y: [2, 3] } },
  };
  const sealed = sealer.seal(call, SECRET.reveal());

  it('opens for the same holder, key and route alone, on the same server alone', () => {
    expect(sealer.open(call, sealed)).toBe(SECRET.reveal());
    expect(sealer.open({ ...call, holderId: 'u2' }, sealed)).toBeNull();
    expect(sealer.open({ ...call, key: 'key-of-the-client-0002' }, sealed)).toBeNull();
    expect(sealer.open({ ...call, route: 'POST /api/v1/others' }, sealed)).toBeNull();
    expect(createReplySealer(Buffer.alloc(32, 8)).open(call, sealed)).toBeNull();
    expect(sealer.open(call, new Uint8Array())).toBeNull();
  });

  it('knows a body again whatever the order of its members, and any other body for another', () => {
    const digest = (body: unknown) => Buffer.from(sealer.requestDigest({ ...call, body })).toString('hex');
    expect(digest({ deep: { y: [2, 3], x: 1 }, name: 'a', absent: undefined })).toBe(digest(call.body));
    const others = [{ ...call.body, name: 'b' }, { name: 'a', deep: { x: 1, y: [3, 2] } }, [1], 'a', null, 1];
    expect(new Set([call.body, ...others].map(digest)).size).toBe(others.length + 1);
  });
});
