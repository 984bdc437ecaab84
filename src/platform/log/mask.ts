/** Keeps secrets out of the log: by the name of a value, and by the look of a text. Pure. */

const mask = '[masked]';
const deepest = 8;

/** Names whose values are secret, whatever they hold. Names that end in Id, Type, Count and the like only describe one. */
const secretName = /token|secret|assertion|passw|credential|authorization|cookie|answers?$|private_?key|^(code|code_verifier|user_?code|device_?code|dpop)$/i;
const descriptiveName = /(id|ids|type|types|count|seconds|method|endpoint|name|uri|url|at|kind|alg)$/i;

/** JWTs, Bearer and Basic credentials, passwords in addresses, and secrets in form bodies or query strings. None runs over a quote or backslash: the line stays JSON. */
const secretTexts: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(\.[\w-]*){0,3}/g, mask],
  [/\b(Bearer|Basic|DPoP)\s+[\w\-.~+/]{6,}=*/gi, `$1 ${mask}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"]+:)[^\s/@"\\]+@/gi, `$1${mask}@`],
  [/\b((?:client_)?(?:secret|assertion)|password|(?:access|refresh|id)_token|code|code_verifier|device_code)=[^&\s"'\\]+/gi, `$1=${mask}`],
];

/** A text without what looks like a secret. */
export function maskText(text: string): string {
  return secretTexts.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}

/** A copy of an object in which the values under secret names are masked, at any depth. */
export function maskValues(object: Record<string, unknown>): Record<string, unknown> {
  return maskObject(object, 0);
}

function maskObject(object: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]: [string, unknown]) => [name, isSecret(name, value) ? mask : maskAny(value, depth + 1)]));
}

function maskAny(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date) return value;
  if (depth > deepest) return '[deep]';
  return Array.isArray(value) ? value.map((item) => maskAny(item, depth + 1)) : maskObject(value, depth);
}

function isSecret(name: string, value: unknown): boolean {
  const canHide = typeof value === 'string' || (typeof value === 'object' && value !== null);
  return canHide && secretName.test(name) && !descriptiveName.test(name);
}
