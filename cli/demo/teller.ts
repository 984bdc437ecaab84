/** What the demo says: numbered steps, and under each who did what. Colours on a terminal only. */

type Colour = 'plain' | 'dim' | 'bold' | 'green' | 'red';

const codes: Readonly<Record<Colour, string>> = { plain: '0', dim: '2', bold: '1', green: '32', red: '31' };
const labelWidth = 15;

/** Tells the story line by line. */
export class Teller {
  readonly #write: (text: string) => void;
  readonly #isColoured: boolean;
  #steps = 0;

  constructor(write: (text: string) => void, isColoured: boolean) {
    this.#write = write;
    this.#isColoured = isColoured;
  }

  /** Head of the story. */
  title(text: string): void {
    this.#write(`${this.#paint('bold', text)}\n`);
  }

  /** A new numbered step. */
  step(text: string): void {
    this.#steps += 1;
    this.#write(`\n${this.#paint('bold', `${this.#steps}  ${text}`)}\n`);
  }

  /** One line under a step: who, or what kind of line, and what is said. */
  line(label: string, text: string, colour: Colour = 'plain'): void {
    const [first = '', ...others] = text.split('\n');
    this.#write(`   ${this.#paint('dim', label.padEnd(labelWidth))}${this.#paint(colour, first)}\n`);
    for (const other of others) this.#write(`   ${' '.repeat(labelWidth)}${this.#paint(colour, other)}\n`);
  }

  /** Something was allowed. */
  yes(label: string, text: string): void {
    this.line(label, text, 'green');
  }

  /** Something was refused. */
  no(label: string, text: string): void {
    this.line(label, text, 'red');
  }

  #paint(colour: Colour, text: string): string {
    return this.#isColoured && colour !== 'plain' ? `\u001B[${codes[colour]}m${text}\u001B[0m` : text;
  }
}

/** Breaks a sentence into lines of at most `width` characters. */
export function wrap(text: string, width = 76): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** Holds the demo to what it tells: throws the sentence when it is not so. */
export function observe(isSo: boolean, otherwise: string): asserts isSo {
  if (!isSo) throw new Error(otherwise);
}
