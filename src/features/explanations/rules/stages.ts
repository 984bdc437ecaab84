/** Explains who would decide, when, and who would be asked besides if they do not: by the rules that plan and escalate stages. */
import type { JsonRecord } from '../../../kernel/json.ts';
import { later } from '../../../kernel/schedule.ts';
import type { PolicyFacts } from '../../requests/model.ts';
import { chooseDeciders, type Deciders, type StagePlan } from '../../requests/rules/approvers.ts';
import { stageTimes } from '../../requests/rules/stage-times.ts';
import { governsPolicy, type AccessFacts, type Party } from '../model.ts';

/** People that are named of one stage. */
export const mostNamed = 100;

/** Whether approvers are named to whoever has no right to read assignments: by the stage, or where it leaves that open by what administrators set. */
export function showsDeciders({ settings }: Pick<StagePlan, 'settings'>, { isGoverned, surroundings }: Pick<AccessFacts, 'isGoverned' | 'surroundings'>): boolean {
  const said = settings['approverInformationVisibility'];
  return isGoverned || said === 'visible' || (said !== 'notVisible' && surroundings.showsApprovers);
}

/** Stages with who decides them, and until when at the latest if somebody asked now. */
export function explainStages(known: AccessFacts, { policy, stages }: { readonly policy: PolicyFacts; readonly stages: readonly StagePlan[] }, now: Date): readonly JsonRecord[] {
  const isGoverned = governsPolicy(known, policy.policy.id);
  let opens: Date | undefined = now;
  return stages.map((stage) => {
    const due: Date | undefined = opens === undefined ? undefined : later(opens, stage.lasts);
    const shows = showsDeciders(stage, { ...known, isGoverned });
    const told = {
      position: stage.position + 1, requiredApprovalCount: stage.requiredApprovals, isDynamic: stage.isDynamic, durationBeforeAutomaticDenial: stage.lasts, isApproverJustificationRequired: stage.isJustificationRequired,
      dueDateTime: due?.toISOString() ?? null, areDecidersHidden: !shows, ...named(known, shows ? stage.deciders : undefined), escalation: escalationOf({ policy, stage, opens }, (besides) => named(known, shows ? besides : undefined)),
    };
    opens = due;
    return told;
  });
}

/** The first of them by name, and how many they are; neither where they are hidden. */
const named = ({ surroundings }: AccessFacts, deciders: Deciders | undefined): JsonRecord => ({
  deciderCount: deciders?.length ?? null, deciders: (deciders ?? []).slice(0, mostNamed).map(({ id, role }) => ({ ...partyOf(surroundings.parties, id), role })),
});

const partyOf = (parties: readonly Party[], id: string): Party => parties.find((party) => party.id === id) ?? { id, displayName: null, kind: 'user' };

/** When others are asked besides, at the latest, and who they are as things are now; null: nobody ever. */
function escalationOf({ policy, stage, opens }: { readonly policy: PolicyFacts; readonly stage: StagePlan; readonly opens: Date | undefined }, tell: (besides: Deciders) => JsonRecord): JsonRecord | null {
  const [settings, facts] = [policy.policy.requestApprovalSettings.stages[stage.position], policy.stages[stage.position]];
  const at = settings === undefined || opens === undefined ? null : stageTimes(settings, opens).escalatesAt;
  if (settings === undefined || facts === undefined || at === null) return null;
  const asked = chooseDeciders(facts, { required: stage.requiredApprovals, approved: [] }) ?? [];
  return {
    durationBeforeEscalation: settings.durationBeforeEscalation, escalationDateTime: at.toISOString(),
    ...tell(asked.filter(({ id }) => !stage.deciders.some((decider) => decider.id === id))),
  };
}
