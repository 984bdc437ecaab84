/** Something that fits a parameter of a path. */
import type { Property } from '../../../src/platform/graph/model.ts';
import { isEnum } from '../../../src/platform/graph/value.ts';

/** One value, as text in a path. */
export function sampleOf({ type }: Property): string {
  if (isEnum(type)) return type.members[0] ?? '';
  if (typeof type !== 'string') return '';
  return { guid: '11111111-2222-4333-8444-555555555555', flag: 'true', whole: '1', number: '1', instant: '2026-01-01T00:00:00Z', date: '2026-01-01', span: 'P1D', binary: 'YQ==', any: 'x', text: 'x' }[type];
}
