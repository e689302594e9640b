/**
 * What must not stand in any file: unfinished business, checks switched off, tests left out, paths of somebody's
 * machine, hosts of a package registry in the lockfile; and names that say nothing.
 */
import { basename } from 'node:path';
import type { RepositoryFile } from './repository-files.ts';

type Rule = { says: string; pattern: RegExp; covers: (path: string) => boolean };

const isCode = (path: string) => /\.(ts|tsx|js|mjs|css)$/.test(path);
const isLockfile = (path: string) => basename(path) === 'package-lock.json';
const isTest = (path: string) => /\.test\.tsx?$/.test(path);

// Put together here, so that this file itself keeps the rules.
const either = (...words: string[]) => words.map((word) => word.replace('~', '')).join('|');

const rules: Rule[] = [
  {
    says: 'unfinished business',
    pattern: new RegExp(`\\b(${either('TO~DO', 'FIX~ME', 'X~XX', 'HA~CK')})\\b`),
    covers: (path) => !isLockfile(path),
  },
  {
    says: 'a check switched off',
    pattern: new RegExp(either('@ts-ig~nore', '@ts-no~check', '@ts-expect-er~ror', 'biome-ig~nore')),
    covers: isCode,
  },
  { says: 'a test left out', pattern: /\b(test|it|describe)\.(only|skip|todo)\b/, covers: isTest },
  {
    says: 'a path of somebody’s machine',
    pattern: new RegExp(`(?<![\\w.-])/(${either('wo~rk', 'fa~rm', 'ho~me/[a-z]+', 'Us~ers', 'ro~ot')})/`),
    covers: (path) => !isLockfile(path),
  },
  { says: 'the host of a registry', pattern: /"resolved": "https?:/, covers: isLockfile },
];

const emptyNames = /^(utils?|helpers?|common|manager|base|misc|shared)\.tsx?$/;
/** Starts with a letter or digit, then lower case and dashes; dots part the endings. */
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.(ts|tsx|mjs|css)$/;
const linesMax = 320;

export function textFaults(files: readonly RepositoryFile[]): string[] {
  return files.flatMap((file) => [...brokenRules(file), ...nameFaults(file.path), ...lengthFaults(file)]);
}

function brokenRules({ path, text }: RepositoryFile): string[] {
  return rules
    .filter((rule) => rule.covers(path))
    .flatMap(({ says, pattern }) =>
      text.split('\n').flatMap((line, at) => {
        const found = pattern.exec(line)?.[0];
        return found === undefined ? [] : [`${path}:${at + 1}: ${says}: ${found}`];
      }),
    );
}

function nameFaults(path: string): string[] {
  const name = basename(path);
  if (emptyNames.test(name)) return [`${path}: a name that says nothing of what is inside`];
  if (isCode(path) && !kebabCase.test(name)) return [`${path}: not in kebab-case`];
  return [];
}

function lengthFaults({ path, text }: RepositoryFile): string[] {
  const lines = text.split('\n').length;
  const isSource = /^packages\/.*\.tsx?$/.test(path) && !isTest(path) && !path.includes('.gen.');
  return isSource && lines > linesMax ? [`${path}: ${lines} lines; split it by what it is about`] : [];
}
