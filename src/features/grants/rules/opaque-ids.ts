/** Graph's opaque ids of grants: base64url of the UUIDs that they are made of (migrations 0002 and 0011 do the same in SQL). */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const uuidDigits = 32;

/** The opaque id of one or more UUIDs. */
export function opaqueId(...uuids: readonly string[]): string {
  const bits = Array.from(uuids.join('').replaceAll('-', ''), (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  const sextets = bits.match(/.{1,6}/g) ?? [];
  return sextets.map((sextet) => alphabet[Number.parseInt(sextet.padEnd(6, '0'), 2)]).join('');
}

/** The UUIDs in an opaque id; none when it is not one. */
export function uuidsIn(id: string): readonly string[] {
  if (!/^[A-Za-z0-9_-]+$/.test(id)) return [];
  const bits = Array.from(id, (letter) => alphabet.indexOf(letter).toString(2).padStart(6, '0')).join('');
  const digits = (bits.match(/.{4}/g) ?? []).map((nibble) => Number.parseInt(nibble, 2).toString(16)).join('');
  const count = Math.floor(digits.length / uuidDigits);
  const uuids = Array.from({ length: count }, (_, index) => hyphenated(digits.slice(index * uuidDigits, (index + 1) * uuidDigits)));
  return opaqueId(...uuids) === id ? uuids : [];
}

const hyphenated = (hex: string): string => [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
