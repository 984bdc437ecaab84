/** Upload sessions as Graph shows them (customDataProvidedResourceUploadSession and its files). */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { choice, col, flag, instant, record, text, whole, words } from '../../platform/graph/declare.ts';
import type { Alias, ComplexType, Declaration, EntityType, Visibility } from '../../platform/graph/model.ts';
import { entitlementReach } from '../roles/rules.ts';
import { isReachedResource } from '../roles/store/reach.ts';
import { createSession, finishSession, removeSession, uploadFile } from './commands.ts';

const review = { reviewDefinitionId: text({ max: 256 }), reviewInstanceId: text({ max: 256 }) };
const payload: ComplexType = {
  complex: 'customDataProvidedResourcePayloads.data', abstract: true, properties: {},
  variants: [
    { complex: 'customDataProvidedResourcePayloads.accessReviewContextData', properties: review },
    { complex: 'customDataProvidedResourcePayloads.applyDecisionContextData', properties: review },
  ],
};
const uploadStats: ComplexType = { complex: 'customDataProvidedResourceUploadStats', properties: { filesUploaded: whole(), totalBytesUploaded: whole() } };
const uploadStatus = words('customDataProvidedResourceUploadStatus', ['active', 'complete', 'expired']);

/** Sessions of resources that the caller reads. */
function ofReadableResource(caller: Caller, row: Alias): Visibility {
  const within = isReachedResource(entitlementReach(caller, 'readCatalog'), { id: sql`r.id`, catalogId: sql`r.catalog_id` });
  return typeof within === 'string' ? within : sql`exists (select 1 from catalog_resources r where r.id = ${col(row, 'resource_id')} and ${within})`;
}

const customDataProvidedResourceUploadSession: EntityType = {
  name: 'customDataProvidedResourceUploadSession',
  abstract: true,
  saysType: true,
  table: 'upload_sessions',
  properties: {
    createdDateTime: instant({ column: 'created_at', readOnly: true, notNull: true }),
    data: record(payload, { immutable: true }),
    isUploadDone: flag({ notNull: true }),
    referenceId: text({ readOnly: true, exact: true }),
    stats: record(uploadStats, { readOnly: true, notNull: true, sql: (row) => sql`jsonb_build_object('filesUploaded', ${col(row, 'files_uploaded')}, 'totalBytesUploaded', ${col(row, 'total_bytes_uploaded')})` }),
    status: choice(uploadStatus, {
      readOnly: true, notNull: true,
      sql: (row) => sql`case when ${col(row, 'is_upload_done')} then 'complete' when ${col(row, 'expires_at')} <= now() then 'expired' else 'active' end`,
    }),
  },
  navigations: {
    files: { to: 'customDataProvidedResourceFile', many: true, contained: true, join: (from, to) => sql`${col(to, 'session_id')} = ${col(from, 'id')}` },
  },
  visible: ofReadableResource,
  create: createSession,
  update: finishSession,
  remove: removeSession,
  actions: { uploadFile: { file: true, run: uploadFile, answers: { entity: 'customDataProvidedResourceUploadSession' } } },
};

const customDataProvidedResourceAccessReviewUploadSession: EntityType = {
  name: 'customDataProvidedResourceAccessReviewUploadSession',
  base: 'customDataProvidedResourceUploadSession',
  saysType: true,
  table: 'upload_sessions',
  discriminator: 'customDataProvidedResourceAccessReviewUploadSession',
  properties: {},
  visible: ofReadableResource,
};

/** What is in a file is for the review: here it is named, dated and weighed. */
const customDataProvidedResourceFile: EntityType = {
  name: 'customDataProvidedResourceFile',
  table: 'uploaded_files',
  properties: {
    name: text({ readOnly: true, notNull: true, exact: true }), size: whole({ readOnly: true, notNull: true }),
    uploadedDateTime: instant({ column: 'uploaded_at', readOnly: true, notNull: true }),
  },
  visible: () => 'none',
};

/** What uploads contribute to the service: they are reached through their resource. */
export const uploads: Declaration = {
  types: [customDataProvidedResourceUploadSession, customDataProvidedResourceAccessReviewUploadSession, customDataProvidedResourceFile],
  roots: [],
};
