/**
 * Texts of numbered slots in one piece of memory, one byte for each character: no object for each of them, so nothing that a garbage
 * collector has to walk through. A text with other characters takes two bytes for each. What is replaced leaves a gap; gaps are
 * closed before the memory is enlarged.
 */

/** The longest text, in characters. */
export const TEXT_LENGTH_MAX = 0x3fff;

const WIDE = 0x8000;
const BYTES_MIN = 1024;
/** How much of the memory may be gaps before they are closed. */
const GAPS = 1 / 16;
/** How much larger full memory becomes. */
const GROWTH = 1.06;

/** Node, Bun and Deno have it; elsewhere texts are read more slowly. */
type LatinView = { toString(encoding: 'latin1', from: number, to: number): string };
const { Buffer: PlatformBuffer } = globalThis as {
  Buffer?: { from(memory: ArrayBufferLike, offset: number, length: number): LatinView };
};

export class PackedTexts {
  #bytes = new Uint8Array(BYTES_MIN);
  #view = viewOf(this.#bytes);
  #offsets: Uint32Array;
  /** In bytes; with `WIDE` for two of them a character. */
  #sizes: Uint16Array;
  #end = 0;
  #gaps = 0;

  constructor(slots: number) {
    this.#offsets = new Uint32Array(slots);
    this.#sizes = new Uint16Array(slots);
  }

  get(slot: number): string {
    const size = this.#sizes[slot] as number;
    const from = this.#offsets[slot] as number;
    if (size < WIDE) return this.#view.toString('latin1', from, from + size);
    const bytes = this.#bytes;
    let text = '';
    for (let at = from; at < from + (size & ~WIDE); at += 2) {
      text += String.fromCharCode((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
    }
    return text;
  }

  /** @throws RangeError if the text is longer than `TEXT_LENGTH_MAX` */
  set(slot: number, text: string): void {
    const { length } = text;
    if (length > TEXT_LENGTH_MAX) throw new RangeError(`A text has at most ${TEXT_LENGTH_MAX} characters.`);
    this.#gaps += (this.#sizes[slot] as number) & ~WIDE;
    this.#sizes[slot] = 0;
    let seen = 0;
    for (let at = 0; at < length; at++) seen |= text.charCodeAt(at);
    const wide = seen > 0xff;
    const size = wide ? length * 2 : length;
    if (this.#end + size > this.#bytes.length) this.#makeRoom(size);
    const bytes = this.#bytes;
    let end = this.#end;
    this.#offsets[slot] = end;
    this.#sizes[slot] = wide ? size | WIDE : size;
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      bytes[end++] = code;
      if (wide) bytes[end++] = code >> 8;
    }
    this.#end = end;
  }

  /** Makes room for more slots. */
  grow(slots: number): void {
    const offsets = new Uint32Array(slots);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const sizes = new Uint16Array(slots);
    sizes.set(this.#sizes);
    this.#sizes = sizes;
  }

  clear(): void {
    this.#sizes.fill(0);
    this.#end = 0;
    this.#gaps = 0;
  }

  #makeRoom(size: number): void {
    const used = this.#end - this.#gaps;
    const enough = Math.ceil((used + size) * GROWTH);
    const closesEnough = this.#gaps > this.#bytes.length * GAPS && used + size <= this.#bytes.length;
    const target = new Uint8Array(closesEnough ? this.#bytes.length : Math.max(enough, BYTES_MIN));
    let end = 0;
    for (let slot = 0; slot < this.#sizes.length; slot++) {
      const length = (this.#sizes[slot] as number) & ~WIDE;
      if (length === 0) continue;
      const from = this.#offsets[slot] as number;
      target.set(this.#bytes.subarray(from, from + length), end);
      this.#offsets[slot] = end;
      end += length;
    }
    this.#bytes = target;
    this.#view = viewOf(target);
    this.#end = end;
    this.#gaps = 0;
  }
}

function viewOf(bytes: Uint8Array): LatinView {
  if (PlatformBuffer) return PlatformBuffer.from(bytes.buffer, 0, bytes.length);
  return {
    toString: (_encoding, from, to) => {
      let text = '';
      for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at] as number);
      return text;
    },
  };
}
