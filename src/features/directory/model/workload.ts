/**
 * A workload: an application or the service principal that stands for it in the tenant, and their agent kinds: the
 * blueprint, its principal, and the agent identity (contract §3, §4).
 */
import type { PrincipalKind } from '../../../kernel/caller.ts';

/** What defines a workload, and owns its permissions and credentials. */
export type ApplicationType = 'application' | 'agentIdentityBlueprint';

/** What acts for a workload in the tenant. */
export type ServicePrincipalType = 'servicePrincipal' | 'agentIdentity' | 'agentIdentityBlueprintPrincipal';

/** Every kind of workload object. */
export type WorkloadType = ApplicationType | ServicePrincipalType;

/** One row of the directory that is a workload, with what the caller has to do with it. */
export interface Workload {
  readonly id: string;
  readonly type: WorkloadType;
  readonly displayName: string | null;
  readonly description: string | null;
  readonly accountEnabled: boolean;
  readonly appId: string;
  readonly uniqueName: string | null;
  /** appId of the blueprint; agent identities only. */
  readonly blueprintAppId: string | null;
  readonly deletedAt: Date | null;
  /** Plain properties under their Graph names. */
  readonly data: { readonly [name: string]: unknown };
  readonly isOwnedByCaller: boolean;
  readonly isSponsoredByCaller: boolean;
}

const applicationTypes: ReadonlySet<string> = new Set<ApplicationType>(['application', 'agentIdentityBlueprint']);

/** Applications and blueprints. */
export const isApplicationType = (type: string): type is ApplicationType => applicationTypes.has(type);

/** Objects that exist for agents. */
export const isAgentWorkload = (type: WorkloadType): boolean => type !== 'application' && type !== 'servicePrincipal';

/** What kind of principal a directory object is; undefined for what is none (groups, applications). */
export function principalKindOf(type: string): PrincipalKind | undefined {
  switch (type) {
    case 'user': return 'user';
    case 'agentUser': return 'agentUser';
    case 'agentIdentity': return 'agentIdentity';
    case 'servicePrincipal':
    case 'agentIdentityBlueprintPrincipal': return 'servicePrincipal';
    default: return undefined;
  }
}

/** Graph's word for the object in the audit log. */
export const auditType = (type: WorkloadType): string => (isApplicationType(type) ? 'Application' : 'ServicePrincipal');
