/** Bodies of requests. */
import type { Operation } from '../../../src/platform/graph/describe/surface.ts';
import type { Property } from '../../../src/platform/graph/model.ts';
import { wordFor } from '../../../src/platform/graph/registry.ts';
import { isComplex, isEnum } from '../../../src/platform/graph/value.ts';
import { chance, evenly, evil, pick, someId, type Making } from './fuzz-choices.ts';

/** A body for an operation, whose names and types mostly fit. */
export function bodyFor(making: Making, { sent }: Operation): unknown {
  if (chance(making, 2)) return pick<unknown>(making, [null, 1, 'x', [], {}]);
  if (sent === undefined) return undefined;
  if (sent.kind === 'parameters') return Object.fromEntries(Object.entries(sent.parameters).filter(([, { required }]) => required === true || chance(making, 50)).map(([name, property]) => [name, value(making, property, 3)]));
  if (sent.kind === 'file') return { name: 'x.csv', bytes: Buffer.from('a,b') };
  if (sent.kind !== 'create' && sent.kind !== 'change') return { '@odata.id': `https://h/v1.0/directoryObjects/${someId(making, pick(making, ['directoryObject', 'user', 'accessPackage', 'group']))}` };
  const { type } = sent;
  const body: Record<string, unknown> = {};
  for (const [name, property] of type.properties) {
    if (property.required === true ? chance(making, 95) : chance(making, property.readOnly === true ? 3 : 20)) body[wordFor(type, name, making.version)] = value(making, property, 3);
  }
  for (const [name, navigation] of type.navigations) {
    if (navigation.bind !== true || !chance(making, 60)) continue;
    const ids = [someId(making, navigation.to)];
    const word = wordFor(type, name, making.version);
    if (chance(making, 50)) body[`${word}@odata.bind`] = navigation.many ? ids.map((id) => `https://h/${navigation.to}/${id}`) : `https://h/${navigation.to}/${ids[0] ?? ''}`;
    else body[word] = navigation.many ? ids.map((id) => ({ id })) : { id: ids[0] };
  }
  if (type.family.length > 1 && chance(making, 50)) body['@odata.type'] = `#microsoft.graph.${pick(making, type.family).name}`;
  return body;
}

/** A value of a property, or now and then something else. */
function value(making: Making, property: Property, depth: number): unknown {
  if (chance(making, 4)) return pick<unknown>(making, [null, 1, true, 'x', [], {}, ...evil]);
  const { collection, ...single } = property;
  if (collection === true) return Array.from({ length: making.g(evenly, 2) }, () => value(making, single, depth));
  const { type } = property;
  if (isEnum(type)) return pick(making, type.members);
  if (isComplex(type)) {
    if (depth === 0) return {};
    const variant = type.variants === undefined ? undefined : pick(making, type.variants);
    const members = Object.entries({ ...type.properties, ...variant?.properties }).filter(() => chance(making, 50));
    return { ...(variant === undefined ? {} : { '@odata.type': `#microsoft.graph.${variant.complex}` }), ...Object.fromEntries(members.map(([name, inner]) => [name, value(making, inner, depth - 1)])) };
  }
  switch (type) {
    case 'flag': return chance(making, 50);
    case 'whole': return pick(making, [0, 1, 7, -1, 2 ** 31 - 1]);
    case 'number': return pick(making, [0, 1.5, -3]);
    case 'guid': return someId(making, pick(making, ['user', 'group', 'servicePrincipal', 'accessPackage', 'accessPackageCatalog', 'unifiedRoleDefinition', 'agentIdentityBlueprint']));
    case 'instant': return pick(making, ['2026-01-01T00:00:00Z', '2031-01-01T00:00:00Z', '9999-12-31T23:59:59Z']);
    case 'date': return '2031-01-01';
    case 'span': return pick(making, ['P1D', 'PT8H', 'P9999999Y']);
    case 'binary': return pick(making, ['YQ==', '']);
    case 'any': return pick<unknown>(making, [{}, [], 'x', { a: [1] }]);
    case 'text': return pick(making, ['a', 'Fuzz', 'x'.repeat(300), someId(making, 'user'), 'https://fuzz.example/x', 'fuzz@gatehouse.local', ...evil]);
    default: return null;
  }
}
