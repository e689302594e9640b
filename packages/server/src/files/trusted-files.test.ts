import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkSecretFile, checkTrustedFile, checkTrustedFolder, TrustError } from './trusted-files.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lencana-trust-'));
  file = join(folder, 'file');
  writeFileSync(file, '', { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a secret file', () => {
  test.each([0o600, 0o400, 0o700])('of mode %o passes in silence', (mode) => {
    chmodSync(file, mode);
    expect(checkSecretFile(file, 'It')).toEqual([]);
  });
  test.each([0o640, 0o660, 0o440])('of mode %o is told of: an orchestrator may have set it', (mode) => {
    chmodSync(file, mode);
    expect(checkSecretFile(file, 'The keys file')).toEqual([
      expect.stringMatching(/^The keys file .* is open to its group .*chmod 600/),
    ]);
  });
  test.each([0o644, 0o604, 0o444])('of mode %o is refused: others can read it', (mode) => {
    chmodSync(file, mode);
    expect(() => checkSecretFile(file, 'It')).toThrow(TrustError);
    expect(() => checkSecretFile(file, 'It')).toThrow(`chmod 600 ${file}`);
  });
  test('names the group that it is open to', () => {
    chmodSync(file, 0o440);
    // Only root can give a file away.
    const gid = process.getuid?.() === 0 ? 2000 : (process.getgid?.() ?? 0);
    chownSync(file, process.getuid?.() ?? 0, gid);
    expect(checkSecretFile(file, 'It')).toEqual([expect.stringContaining(`(${gid})`)]);
  });
});

describe('a trusted file', () => {
  test.each([0o644, 0o600, 0o664])('of mode %o passes', (mode) => {
    chmodSync(file, mode);
    expect(checkTrustedFile(file, 'It')).toEqual([]);
  });
  test.each([0o646, 0o666, 0o602])('of mode %o is refused', (mode) => {
    chmodSync(file, mode);
    expect(() => checkTrustedFile(file, 'It')).toThrow(TrustError);
  });
  test('is refused in a folder where everybody can replace it, and passes in a sticky one', () => {
    chmodSync(folder, 0o777);
    expect(() => checkTrustedFile(file, 'It')).toThrow(`chmod o-w ${folder}`);
    expect(() => checkSecretFile(file, 'It')).toThrow(TrustError);
    chmodSync(folder, 0o1777);
    expect(checkTrustedFile(file, 'It')).toEqual([]);
  });
  test('is refused when the link to it can be replaced, and when what the link leads to can', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const link = join(open, 'link');
    symlinkSync(file, link);
    expect(() => checkTrustedFile(link, 'It')).toThrow(TrustError);
    writeFileSync(join(open, 'target'), '');
    symlinkSync(join(open, 'target'), join(folder, 'link'));
    expect(() => checkTrustedFile(join(folder, 'link'), 'It')).toThrow(TrustError);
  });
});

describe('a trusted folder', () => {
  test.each([0o755, 0o700])('of mode %o passes', (mode) => {
    chmodSync(folder, mode);
    expect(checkTrustedFolder(folder, 'It')).toEqual([]);
  });
  test('that its group can write is told of', () => {
    chmodSync(folder, 0o2770);
    expect(checkTrustedFolder(folder, 'It')).toEqual([expect.stringContaining('chmod g-w')]);
  });
  test.each([0o777, 0o1777, 0o702])('of mode %o is refused: what is in it may be planted', (mode) => {
    chmodSync(folder, mode);
    expect(() => checkTrustedFolder(folder, 'It')).toThrow(TrustError);
  });
  test('below one that everybody can write is told of', () => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    chmodSync(folder, 0o777);
    expect(checkTrustedFolder(inner, 'It')).toEqual([expect.stringContaining(`chmod o-w ${folder}`)]);
  });
});
