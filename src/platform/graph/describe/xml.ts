/** Writing XML. Pure. */

/** Values of attributes; undefined and false flags that mean the default are left out by giving undefined. */
export type Attributes = Readonly<Record<string, string | boolean | number | undefined>>;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escape = (text: string): string => text.replace(/[&<>"]/g, (letter) => entities[letter] ?? letter);

/** An element with its content, which is XML already. */
export function element(name: string, attributes: Attributes, content: readonly string[] = []): string {
  const written = Object.entries(attributes).map(([key, value]) => (value === undefined ? '' : ` ${key}="${escape(String(value))}"`)).join('');
  return content.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${content.join('')}</${name}>`;
}
