/** What every change of a workload begins and ends with: the locked object, the caller's right, the audit event. */
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork } from '../../../platform/graph/model.ts';
import type { AuditEvent } from '../../audit/model.ts';
import { recordAudit } from '../../audit/store.ts';
import { ownApiAppId } from '../../roles/model.ts';
import { powersBeyond } from '../../roles/rules.ts';
import { auditType, isAgentWorkload, type Workload, type WorkloadType } from '../model/workload.ts';
import { canChangeWorkload, type Aspect } from '../rules/workload-rights.ts';
import { findPowers, lockWorkload } from '../store/workloads.ts';

/** The living workload, locked; refuses when it is gone. */
export async function livingWorkload(work: GraphWork, id: string): Promise<Workload> {
  const workload = await lockWorkload(work.tx, id, work.caller.principalId);
  if (workload === undefined || workload.deletedAt !== null) return refuse('notFound', { value: id });
  return workload;
}

/** The living workload, locked, of which the caller may change every one of the aspects. */
export async function changeableWorkload(work: GraphWork, id: string, ...aspects: readonly Aspect[]): Promise<Workload> {
  const workload = await livingWorkload(work, id);
  for (const aspect of aspects) {
    if (!canChangeWorkload(work.caller, aspect, workload)) refuse('forbidden', { reason: needs[aspect] });
  }
  if (aspects.includes('credentials')) await refuseTakeover(work, workload);
  return workload;
}

/** Refuses a change by which the caller could act as a workload that has powers which the caller could not give to itself. */
export async function refuseTakeover(work: GraphWork, { appId }: Pick<Workload, 'appId'>): Promise<void> {
  if (appId === ownApiAppId) refuse('ruleBroken', { reason: "This is the server's own API: it acts for nobody, so it has no credentials and no new owners." });
  const beyond = powersBeyond(work.caller, await findPowers(work.tx, appId));
  if (beyond.length > 0) {
    refuse('forbidden', { reason: `The application makes administrators (${beyond.join(', ')}). Changing its credentials and owners takes a Global Administrator, or an application that holds the same.` });
  }
}

const needs: Readonly<Record<Aspect, string>> = {
  create: 'Creating it needs a permission for that, and for a person an administrator role.',
  edit: 'Changing it takes an owner or an administrator; a sponsor may only disable.',
  enable: 'Enabling it takes an owner or an administrator; a sponsor may only disable.',
  disable: 'Disabling it takes an owner, a sponsor or an administrator.',
  credentials: 'Changing its credentials takes an owner or an administrator.',
  sponsors: 'Changing its sponsors takes an owner or an administrator.',
  delete: 'Deleting or restoring it takes an owner or an administrator.',
};

/** What happened to a workload. */
export interface WorkloadEvent {
  readonly activity: string;
  readonly operation: AuditEvent['operation'];
  readonly workload: { readonly id: string; readonly type: WorkloadType; readonly displayName: string | null };
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly category?: AuditEvent['category'];
}

/** Writes the audit event of a change. */
export async function auditWorkload(work: GraphWork, event: WorkloadEvent): Promise<void> {
  const { id, type, displayName } = event.workload;
  await recordAudit(work.tx, work, {
    activity: event.activity, operation: event.operation, category: event.category ?? (isAgentWorkload(type) ? 'AgentManagement' : 'ApplicationManagement'),
    targets: [{ id, type: auditType(type), displayName, ...(event.before === undefined ? {} : { before: event.before }), ...(event.after === undefined ? {} : { after: event.after }) }],
  });
}
