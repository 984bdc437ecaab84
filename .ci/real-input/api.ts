/** The API with all the real permissions. */
import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { textOf, type GraphCaller } from '../../cli/client/graph.ts';
import { isRecord, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import type { Differences } from './compare.ts';

/** A real permission. The id is unique within its kind only. */
export interface Permission {
  readonly id: string;
  readonly value: string;
  readonly kind: 'application' | 'delegated';
  readonly displayName: string;
  readonly description: string;
  readonly type: string;
}

/** The API in this tenant. */
export interface RealApi {
  readonly applicationId: string;
  readonly principalId: string;
  readonly appId: string;
  /** Scope of its tokens. */
  readonly scope: string;
}

/** Reads the published permissions. */
export async function readPermissions(file: string): Promise<readonly Permission[]> {
  const data: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isRecord(data)) throw new Error(`${file} is no JSON object.`);
  return recordsAt(data, 'permissions').map((one) => ({
    id: textOf(one, 'id'), value: textOf(one, 'value'), kind: textOf(one, 'kind') === 'application' ? 'application' : 'delegated',
    displayName: textAt(one, 'displayName') ?? textOf(one, 'value'), description: textAt(one, 'description') ?? textOf(one, 'value'), type: textAt(one, 'type') ?? 'Admin',
  }));
}

/** The application with everything in one POST, and its service principal. */
export async function createApplication(graph: GraphCaller, wanted: readonly Permission[]): Promise<RealApi> {
  const name = `real-api-${randomBytes(3).toString('hex')}`;
  const application = await graph.create('/applications', {
    displayName: name, signInAudience: 'AzureADMyOrg', identifierUris: [`api://${name}`],
    appRoles: wanted.filter(({ kind }) => kind === 'application').map(appRole), api: { oauth2PermissionScopes: wanted.filter(({ kind }) => kind === 'delegated').map(scope) },
  });
  const appId = textOf(application, 'appId');
  const principal = await graph.create('/servicePrincipals', { appId });
  return { applicationId: application.id, principalId: principal.id, appId, scope: `api://${name}/.default` };
}

const appRole = ({ id, value, displayName, description }: Permission): JsonRecord => ({ id, value, displayName, description, allowedMemberTypes: ['Application'], isEnabled: true });

const scope = ({ id, value, displayName, description, type }: Permission): JsonRecord => ({
  id, value, type, isEnabled: true, adminConsentDisplayName: displayName, adminConsentDescription: description, userConsentDisplayName: displayName, userConsentDescription: description,
});

/** Every list that was read holds every permission of its kind, with its id, its value and its texts. */
export function expectPermissions(lists: readonly JsonRecord[], wanted: readonly Permission[], differences: Differences): void {
  for (const read of lists) {
    const found = recordsAt(read, 'list').map((one) => [textAt(one, 'id'), textAt(one, 'value'), textAt(one, 'displayName') ?? textAt(one, 'adminConsentDisplayName'), one['isEnabled']].join(' | '));
    const meant = wanted.filter(({ kind }) => kind === read['kind']).map(({ id, value, displayName }) => [id, value, displayName, true].join(' | '));
    differences.between(`${String(read['kind'])} permissions`, found, { meant });
  }
}
