/** The program that a client says it is (`User-Agent`), as it is kept and shown. It is anybody's word, and text all the same. */

/** Longer ones are cut, in UTF-16 units. */
const AGENT_LENGTH_MAX = 200;

/** Controls, halves of surrogate pairs, and what turns the direction of the text around it: with them a name could look like another. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Cut, and without what shows as nothing but changes how the rest looks. */
export function agentText(written: string): string {
  const cut = written.length > AGENT_LENGTH_MAX ? written.slice(0, AGENT_LENGTH_MAX) : written;
  return cut.replace(UNSEEN, '');
}
