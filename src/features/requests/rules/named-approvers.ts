/** The approvers that an extension names for a stage: what its callback says, and what becomes of the stage by it (decision 0010). Pure. */
import { flagAt, isRecord, type JsonRecord, recordsAt, textAt } from '../../../kernel/json.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { approverLists, kindOf, parseApprovalSettings, subjectSetIds, type ApprovalStageSettings } from '../../policies/model.ts';
import { stageReasons } from '../../policies/rules/check.ts';
import { stageFrom } from '../../policies/rules/from-beta.ts';
import { timedStage } from '../../policies/rules/row.ts';

/** How a stage is once its approvers are named: as it is stored, and as it is read. */
export interface NamedStage {
  readonly settings: JsonRecord;
  readonly stage: ApprovalStageSettings;
}

const target = 'data/approvalStage';
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The stage that a callback describes, in the words of either version, over what the policy says of it: times and flags that are not
 * named stay as they were, and the policy's stand-ins stay beside those of the callback. With every reason against it.
 */
export function readNamedStage(said: JsonRecord, before: JsonRecord): NamedStage & { readonly reasons: readonly Reason[] } {
  const given = timedStage(wellFormed(stageFrom(said)), undefined);
  const sets = approverLists.map((list) => [list, recordsAt(given, list).map(setOf)] as const);
  const settings: JsonRecord = {
    ...before, ...times(given), '@odata.type': '#microsoft.graph.accessPackageApprovalStage', customExtension: null,
    ...Object.fromEntries(sets.map(([list, named]) => [list, list.startsWith('fallback') ? [...named, ...recordsAt(before, list)] : named.length > 0 ? named : recordsAt(before, list)])),
  };
  const stage = parseApprovalSettings({ stages: [settings] }).stages[0];
  if (stage === undefined) throw new Error('a stage was read and is none');
  const malformed = sets.flatMap(([list, named]) => named.flatMap((set, index) => setReasons(set, `${target}/${list}[${index}]`)));
  return { settings, stage, reasons: malformed.length > 0 ? malformed : stageReasons(stage, target) };
}

const wellFormed = (json: unknown): JsonRecord => (isRecord(json) ? json : {});

function times(given: JsonRecord): JsonRecord {
  const spans = ['durationBeforeAutomaticDenial', 'durationBeforeEscalation'].flatMap((name) => (typeof given[name] === 'string' ? [[name, given[name]]] : []));
  const flags = ['isApproverJustificationRequired', 'isEscalationEnabled'].flatMap((name) => (typeof given[name] === 'boolean' ? [[name, flagAt(given, name)]] : []));
  return Object.fromEntries([...spans, ...flags]) as JsonRecord;
}

/** Programs send levels as text, and ids in any letter case. */
function setOf(set: JsonRecord): JsonRecord {
  const kind = kindOf(set);
  const property = kind === undefined ? undefined : subjectSetIds[kind];
  const type = kind === undefined ? textAt(set, '@odata.type') ?? null : `#microsoft.graph.${kind}`;
  return {
    '@odata.type': type, ...(property === undefined ? {} : { [property]: textAt(set, property)?.toLowerCase() ?? null }),
    ...(set['managerLevel'] === undefined ? {} : { managerLevel: Number(set['managerLevel']) }),
  };
}

function setReasons(set: JsonRecord, at: string): readonly Reason[] {
  const kind = kindOf(set);
  if (kind === undefined) return [{ code: 'wrongApprover', target: at, message: 'The approver has no @odata.type that is known. Name users, groups or a relation such as requestorManager.' }];
  const property = subjectSetIds[kind];
  const level = set['managerLevel'];
  return [
    ...(property !== undefined && !guid.test(textAt(set, property) ?? '') ? [{ code: 'noSuchObject', target: at, message: `The approver has no id that is a GUID. Send one as id or ${property}.` }] : []),
    ...(level !== undefined && !Number.isInteger(level) ? [{ code: 'managerLevel', target: `${at}/managerLevel`, message: 'managerLevel is no whole number; 1 is the direct manager.' }] : []),
  ];
}

/** Objects that a callback names, each with where it stands and what it has to be. */
export function namedObjects({ stage }: NamedStage): readonly { readonly id: string; readonly field: string; readonly types: readonly string[] }[] {
  return approverLists.flatMap((list) => stage[list].flatMap(({ kind, id }, index) => {
    const types = kind === 'singleUser' ? ['user'] : kind === 'groupMembers' ? ['group'] : undefined;
    return types === undefined || id === undefined ? [] : [{ id, field: `${target}/${list}[${index}]`, types }];
  }));
}

/** Every object that is named and not there, or cannot approve. */
export function namedObjectReasons(named: NamedStage, found: ReadonlyMap<string, { readonly type: string }>): readonly Reason[] {
  return namedObjects(named).flatMap(({ id, field, types }): readonly Reason[] => {
    const type = found.get(id)?.type;
    if (type === undefined) return [{ code: 'noSuchObject', target: field, message: `The approver '${id}' does not exist. Name one that exists.` }];
    return types.includes(type) ? [] : [{ code: 'wrongKind', target: field, message: `The approver '${id}' is of type ${type}. Name one of type ${types.join(' or ')}.` }];
  });
}

/** Nobody of those who were named can decide. */
export const nobodyNamed: Reason = {
  code: 'noApprover', target,
  message: 'Nobody of the approvers can decide: none is an enabled person who has no part in the request. Name somebody else, or a fallback approver.',
};
