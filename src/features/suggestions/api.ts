/** What suggestions contribute to the service (Graph: accessPackageSuggestion; contract §1.4). A suggestion has the id of its package. */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { refuse } from '../../kernel/problem.ts';
import { col, instant, list, record, text, whole } from '../../platform/graph/declare.ts';
import type { ComplexType, Declaration, EntityType, FilterFunction } from '../../platform/graph/model.ts';
import { entitlementManagement } from '../catalogs/api/catalogs.ts';
import { needOwn } from '../requests/api/index.ts';
import { entitlementReach } from '../roles/rules.ts';
import { groundsOf, suggestionGrounds } from './model.ts';
import { isSuggested, reasonsFor } from './store.ts';

const identity: ComplexType = { complex: 'identity', properties: { id: text(), displayName: text() } };

const suggestionReason: ComplexType = {
  complex: 'accessPackageSuggestionReason', abstract: true, properties: {},
  variants: [
    { complex: 'accessPackageSuggestionRelatedPeopleBased', properties: { relatedPeople: list(record(identity)), relatedPeopleAssignmentCount: whole({ notNull: true }) } },
    { complex: 'accessPackageSuggestionSelfAssignmentHistoryBased', properties: { lastAssignmentDateTime: instant({ notNull: true }), pastAssignmentCount: whole({ notNull: true }) } },
  ],
};

const filterByCurrentUser: FilterFunction = {
  parameters: { on: text({ required: true, notNull: true }) },
  returns: 'accessPackageSuggestion',
  where: (caller, row, given) => {
    needOwn(caller);
    const grounds = groundsOf(String(given['on'])) ?? refuse('invalidValue', { field: 'on', reason: `use ${suggestionGrounds.join(', ')}, or both with a comma between them` });
    return isSuggested(caller, row, grounds);
  },
};

const accessPackageSuggestion: EntityType = {
  name: 'accessPackageSuggestion',
  table: 'access_packages',
  properties: { reasons: list(record(suggestionReason), { readOnly: true, sql: (row, caller?: Caller) => (caller === undefined ? sql`'[]'::jsonb` : reasonsFor(caller, row)) }) },
  navigations: { accessPackage: { to: 'availableAccessPackage', many: false, column: 'id', contained: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'id')}` } },
  visible: (caller, row) => (entitlementReach(caller, 'readAssignments').own ? isSuggested(caller, row, suggestionGrounds) : 'none'),
  collectionFunctions: { filterByCurrentUser },
};

/** Suggestions. */
export const suggestions: Declaration = {
  types: [accessPackageSuggestion],
  roots: [{ path: `${entitlementManagement}/accessPackageSuggestions`, type: 'accessPackageSuggestion' }],
};
