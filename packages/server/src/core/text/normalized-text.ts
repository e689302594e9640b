/**
 * The one place that normalizes Unicode text. Normalizing takes time that grows with the square of the length for some texts (thousands
 * of marks on one letter), so the length is checked first. Pure.
 */

/** @returns the text in that form; null if it has more than `unitsMax` UTF-16 code units, and then nothing of it was looked at */
export function normalizedText(text: string, form: 'NFC' | 'NFKC', unitsMax: number): string | null {
  return text.length > unitsMax ? null : text.normalize(form);
}
