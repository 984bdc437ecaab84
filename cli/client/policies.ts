/** Bodies of assignment policies and of requests, as Graph's pages show them. Pure. */
import type { JsonRecord } from '../../src/kernel/json.ts';

/** Sponsors and owners of the agent that access is for. */
export const sponsorsOrOwners: JsonRecord = { '@odata.type': '#microsoft.graph.targetAgentIdentitySponsorsOrOwners' };

/** One person. */
export const oneUser = (userId: string): JsonRecord => ({ '@odata.type': '#microsoft.graph.singleUser', userId });

/** What differs from a policy by which only administrators assign, for ever, without approval. */
export interface PolicyOptions {
  readonly displayName?: string;
  readonly scope?: string;
  readonly targets?: readonly JsonRecord[];
  readonly requestor?: JsonRecord;
  /** Approvers of each stage; none: no approval. */
  readonly stages?: readonly { readonly primary: readonly JsonRecord[]; readonly fallback?: readonly JsonRecord[] }[];
  readonly expiration?: JsonRecord;
}

/** Body of a policy. */
export function policyBody(packageId: string, options: PolicyOptions = {}): JsonRecord {
  const { displayName = 'policy', scope = 'notSpecified', targets = [], requestor = {}, stages = [], expiration = { type: 'noExpiration' } } = options;
  return {
    displayName, description: displayName, allowedTargetScope: scope, specificAllowedTargets: targets, expiration,
    requestorSettings: { ...noRequestors, ...requestor },
    requestApprovalSettings: {
      isApprovalRequiredForAdd: stages.length > 0, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: false,
      stages: stages.map(({ primary, fallback = [] }) => ({ ...oneStage, primaryApprovers: primary, fallbackPrimaryApprovers: fallback })),
    },
    accessPackage: { id: packageId },
  };
}

const noRequestors = {
  enableTargetsToSelfAddAccess: false, enableTargetsToSelfUpdateAccess: false, enableTargetsToSelfRemoveAccess: false, allowCustomAssignmentSchedule: false,
  enableOnBehalfRequestorsToAddAccess: false, enableOnBehalfRequestorsToUpdateAccess: false, enableOnBehalfRequestorsToRemoveAccess: false, onBehalfRequestors: [],
};

const oneStage = {
  durationBeforeAutomaticDenial: 'P14D', isApproverJustificationRequired: false, isEscalationEnabled: false, durationBeforeEscalation: 'PT0S',
  escalationApprovers: [], fallbackEscalationApprovers: [], approverInformationVisibility: 'default',
};

/** Whom a request is for, and what it asks for. */
export interface Wanted {
  readonly targetId: string;
  readonly policyId: string;
  readonly packageId: string;
}

/** Body of a request for access. */
export const requestBody = (requestType: 'userAdd' | 'adminAdd', { targetId, policyId, packageId }: Wanted, more: JsonRecord = {}): JsonRecord => ({
  requestType, assignment: { targetId, assignmentPolicyId: policyId, accessPackageId: packageId }, ...more,
});
