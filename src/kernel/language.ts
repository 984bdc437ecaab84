/** Which of several translations a reader is shown. Pure. */

/** A text in one language, as Graph stores it (accessPackageLocalizedText). */
export interface LocalizedText {
  /** A language tag of BCP 47, such as `de-AT`. */
  readonly languageCode: string;
  readonly text: string;
}

/** Most languages of one reader that are looked at. */
const most = 20;

/** Languages that an Accept-Language header names, best first, in lower case (RFC 9110, 12.5.4). `*` and those with `q=0` are left out. */
export function preferredLanguages(header: string | undefined): readonly string[] {
  const ranges = (header ?? '').split(',').slice(0, most).flatMap((part) => {
    const [tag = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    const quality = parameters.flatMap((parameter) => /^q\s*=\s*([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1] ?? []).map(Number)[0] ?? 1;
    return /^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/.test(tag) && quality > 0 ? [{ tag, quality }] : [];
  });
  return ranges.toSorted((one, other) => other.quality - one.quality).map(({ tag }) => tag);
}

/**
 * The translation for a reader, or undefined: each language is looked for as it is, then without its last parts (RFC 4647, 3.4),
 * then with any region: who reads `de` is served by `de-AT`.
 */
export function translationFor(languages: readonly string[], texts: readonly LocalizedText[]): string | undefined {
  for (const language of languages) {
    const parts = language.split('-');
    for (let length = parts.length; length > 0; length -= 1) {
      const found = textIn(texts, (code) => code === parts.slice(0, length).join('-'));
      if (found !== undefined) return found;
    }
    const found = textIn(texts, (code) => code.startsWith(`${language}-`));
    if (found !== undefined) return found;
  }
  return undefined;
}

const textIn = (texts: readonly LocalizedText[], fits: (code: string) => boolean): string | undefined => texts.find(({ languageCode }) => fits(languageCode.toLowerCase()))?.text;
