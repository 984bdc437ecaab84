/** What control configurations contribute to the service (contract §1.9). */
import { sql } from 'kysely';
import { choice, col, flag, instant, text, words } from '../../platform/graph/declare.ts';
import type { Declaration, EntityType } from '../../platform/graph/model.ts';
import { entitlementManagement } from '../catalogs/api/catalogs.ts';
import { entitlementReach } from '../roles/rules.ts';
import { replaceControl } from './commands.ts';
import { insiderRiskLevels, insightLevels, riskLevels } from './model.ts';

const shared = {
  table: 'control_configurations', key: { column: 'id', type: 'text' }, saysType: true, replace: replaceControl,
  visible: (caller) => (entitlementReach(caller, 'readCatalog').all ? 'all' : 'none'),
} as const satisfies Partial<EntityType>;

const controlConfiguration: EntityType = {
  ...shared, name: 'controlConfiguration', abstract: true,
  properties: {
    isEnabled: flag({ notNull: true }), createdBy: text({ readOnly: true }), createdDateTime: instant({ column: 'created_at', readOnly: true }),
    modifiedBy: text({ readOnly: true }), modifiedDateTime: instant({ column: 'modified_at', readOnly: true }),
  },
};

const endUserSettings: EntityType = {
  ...shared, name: 'endUserSettings', base: 'controlConfiguration', discriminator: 'endUserSettings',
  properties: {
    relatedPeopleInsightLevel: choice(words('accessPackageSuggestionRelatedPeopleInsightLevel', insightLevels)),
    showApproverDetailsToMembers: flag({ notNull: true }),
  },
};

const riskyApproval = (name: string, levels: ReturnType<typeof words>): EntityType => ({
  ...shared, name, base: 'controlConfiguration', discriminator: name,
  properties: { isApprovalRequired: flag({ notNull: true }), minimumRiskLevel: choice(levels, { notNull: true }) },
});

/** Control configurations. v1.0 knows one kind of them only. */
export const controls: Declaration = {
  types: [
    controlConfiguration, endUserSettings,
    riskyApproval('insiderRiskyUserApproval', words('purviewInsiderRiskManagementLevel', insiderRiskLevels)),
    riskyApproval('entraIdProtectionRiskyUserApproval', words('riskLevel', riskLevels)),
  ],
  roots: [{
    path: `${entitlementManagement}/controlConfigurations`, type: 'controlConfiguration',
    exists: (row, version) => (version === 'beta' ? sql`true` : sql`${col(row, 'type')} = 'endUserSettings'`),
  }],
};
