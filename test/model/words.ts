/** Disagreements between the model and the product, for people. */
import { nameOf } from './cast.ts';
import type { Verdict } from './product.ts';
import type { Answer, Asked, Question } from './rules.ts';
import type { Shape, SubjectSet } from './town.ts';

const setWords = ({ set, of, level }: SubjectSet): string => [set, ...(of === undefined ? [] : [nameOf(of)]), ...(level === undefined ? [] : [`level ${level}`])].join(' ');
const listWords = (sets: readonly SubjectSet[]): string => (sets.length === 0 ? 'nobody' : sets.map(setWords).join(' + '));

const stageWords = (stages: readonly Asked[]): string => (stages.length === 0 ? 'without approval' : stages.map(({ primary, fallback }, nth) => `stage ${nth + 1} by ${primary.map(nameOf).join(' or ') || 'nobody'}${fallback.length === 0 ? '' : `, with ${fallback.map(nameOf).join(' or ')} standing in`}`).join('; '));

const shapeWords = ({ scope, targets, requestors, self, onBehalf, approvalFor, stages, questions = [] }: Shape): string => [
  `a policy for ${scope}${targets.length > 0 ? ` (${listWords(targets)})` : ''}`, `self ${self.join('/') || 'nothing'}`, `on behalf ${onBehalf.join('/') || 'nothing'} by ${listWords(requestors)}`,
  `approval for ${approvalFor.join('/') || 'nothing'}${stages.map(({ primary, fallback, required = 1 }) => ` [${required} of ${listWords(primary)}, else ${listWords(fallback)}]`).join('')}`, `${questions.filter(({ isRequired }) => isRequired).length} required questions of ${questions.length}`,
].join('; ');

/** The question in a sentence. */
export const inWords = ({ type, requestor, target, package: { name }, policy, saysWhy, answers }: Question): string =>
  `${type} by ${requestor.name} for ${requestor.id === target.id ? 'itself' : target.name}, package '${name}'${saysWhy ? '' : ', without a justification'}, answers: ${answers}, ${policy === undefined ? 'no policy named' : shapeWords(policy)}`;

/** What differs, or undefined. */
export function difference(expected: Answer, found: Verdict): string | undefined {
  if (expected.isAllowed !== found.isAllowed) return `the model says ${answerWords(expected)}, the product ${verdictWords(found)}`;
  if (!expected.isAllowed || !found.isAllowed) return !expected.isAllowed && !found.isAllowed && expected.codes.join(' ') !== found.codes.join(' ') ? `the model says ${answerWords(expected)}, the product ${verdictWords(found)}` : undefined;
  const chosen = expected.policies.find(({ id }) => id === found.policyId);
  if (chosen === undefined) return `the product chose a policy that is not among the best: ${found.policyId}`;
  // Among equally good policies the product's choice decides who is asked: the question is put again with it named.
  if (expected.policies.length > 1) return undefined;
  return stageWords(expected.stages) === stageWords(found.stages) ? undefined : `the model asks ${stageWords(expected.stages)}, the product ${stageWords(found.stages)}`;
}

const answerWords = (answer: Answer): string => (answer.isAllowed ? `yes, ${stageWords(answer.stages)}` : `no: ${answer.codes.join(', ')}`);
const verdictWords = (verdict: Verdict): string => (verdict.isAllowed ? `yes, ${stageWords(verdict.stages)}` : `no: ${verdict.codes.join(', ')}`);
