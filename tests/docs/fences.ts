/**
 * Reads the runnable samples out of a Markdown page, and compares what they printed with what the page shows. Runs nothing.
 *
 * A fence marked `sh run` is a sample; a fence marked `<form> output` right after it is what the reader is told to expect, where
 * `…` stands for any text within a line. Forms: `text` (all of it, line by line), `json` (the same members and values, in any
 * layout), `http` (these header lines are among those that came).
 */

export type Sample = { line: number; script: string; expected: { form: string; text: string } | null };

export function samplesOf(markdown: string): Sample[] {
  const samples: Sample[] = [];
  const fence = /^```(\S*)(?: +(run|output))?[^\n]*\n([\s\S]*?)^```$/gm;
  let previous: { sample: Sample; end: number } | null = null;
  for (const { 0: whole, 1: form = '', 2: mark, 3: text = '', index } of markdown.matchAll(fence)) {
    const line = markdown.slice(0, index).split('\n').length;
    if (mark === 'run') {
      const sample: Sample = { line, script: text, expected: null };
      samples.push(sample);
      previous = { sample, end: index + whole.length };
    } else if (mark === 'output') {
      if (!previous) throw new Error(`line ${line}: output of no sample`);
      if (/^```/m.test(markdown.slice(previous.end, index))) {
        throw new Error(`line ${line}: another fence stands between a sample and its output`);
      }
      previous.sample.expected = { form, text };
      previous = null;
    }
  }
  return samples;
}

/** null: as the page says; else what differs. */
export function difference({ form, text }: { form: string; text: string }, printed: string): string | null {
  const differs = `expected:\n${text}\nprinted:\n${printed}`;
  switch (form) {
    case 'json': {
      let value: unknown;
      try {
        value = JSON.parse(printed);
      } catch {
        return `no JSON, ${differs}`;
      }
      const at = jsonDifference(JSON.parse(text), value, '');
      return at === null ? null : `${at}: ${differs}`;
    }
    case 'http': {
      const lines = printed.split(/\r?\n/);
      const missing = text
        .trim()
        .split('\n')
        .find((wanted) => !lines.some((line) => matches(wanted, line)));
      return missing === undefined ? null : `no line "${missing}", ${differs}`;
    }
    case 'text': {
      const wanted = text.trim().split('\n');
      const lines = printed.trim().split('\n');
      const same =
        wanted.length === lines.length && wanted.every((line, at) => matches(line, lines[at] ?? ''));
      return same ? null : differs;
    }
    default:
      return `output of unknown form "${form}"`;
  }
}

const matches = (pattern: string, line: string) =>
  new RegExp(
    `^${pattern
      .split('…')
      .map((part) => RegExp.escape(part))
      .join('.*')}$`,
    'i',
  ).test(line);

/** A text of `…` alone also stands for a number. */
function jsonDifference(wanted: unknown, value: unknown, path: string): string | null {
  if (wanted === '…') return typeof value === 'string' || typeof value === 'number' ? null : path;
  if (typeof wanted === 'string') return typeof value === 'string' && matches(wanted, value) ? null : path;
  if (typeof wanted !== 'object' || wanted === null) return Object.is(wanted, value) ? null : path;
  if (typeof value !== 'object' || value === null || Array.isArray(wanted) !== Array.isArray(value))
    return path;
  const names = new Set([...Object.keys(wanted), ...Object.keys(value)]);
  for (const name of names) {
    const at = `${path}/${name}`;
    if (!(name in wanted) || !(name in value)) return at;
    const found = jsonDifference(
      (wanted as Record<string, unknown>)[name],
      (value as Record<string, unknown>)[name],
      at,
    );
    if (found !== null) return found;
  }
  return null;
}
