/** Answers to the questions of a policy: what is wrong with them, and how they are kept. */
import { recordsAt, textAt, type JsonRecord } from '../../../kernel/json.ts';
import { translationFor, type LocalizedText } from '../../../kernel/language.ts';
import type { Reason } from '../../../kernel/problem.ts';
import type { Question } from '../../policies/model.ts';
import type { Answer } from '../model.ts';

/** What answers are judged by. */
export interface AnswerFacts {
  readonly questions: readonly Question[];
  readonly answers: readonly Answer[];
  /** What was answered for the assignment that is to change, oldest first; none for new access. */
  readonly earlier: readonly Answer[];
  /** Ids of the questions whose answers do not follow their pattern. */
  readonly misfits: readonly string[];
  /** Administrators may leave questions open, and change what is fixed; what they do say has to fit. */
  readonly isAdmin: boolean;
  /** Nothing needs to be answered anew: it is a change, and nothing was said. */
  readonly isUnsaid: boolean;
}

/** Every reason against the answers. */
export function answerReasons(facts: AnswerFacts): readonly Reason[] {
  return [
    ...facts.answers.flatMap((answer, index) => unknownReasons(facts.questions, answer, index)),
    ...facts.questions.flatMap((question) => [...openReasons(facts, question), ...formReasons(facts, question), ...fixedReasons(facts, question)]),
  ];
}

const isTo = (answer: Answer, { id }: Question): boolean => answer.answeredQuestion?.id?.toLowerCase() === id.toLowerCase();

/** What is said in answer to a question; undefined: it is not spoken of. Blanks are no answer. */
function saidIn(answers: readonly Answer[], question: Question): readonly string[] | undefined {
  const to = answers.filter((answer) => isTo(answer, question));
  return to.length === 0 ? undefined : to.flatMap(({ value }) => (value ?? '').trim() === '' ? [] : [value ?? '']);
}

function unknownReasons(questions: readonly Question[], answer: Answer, index: number): readonly Reason[] {
  if (questions.some((question) => isTo(answer, question))) return [];
  const id = answer.answeredQuestion?.id;
  return [{
    code: 'questionUnknown', target: `answers[${index}]/answeredQuestion/id`,
    message: id === undefined ? 'The answer does not say which question it is to. Send answeredQuestion with the id of one.' : `The policy asks no question '${id}'. Leave the answer out, or read the questions again.`,
  }];
}

function openReasons({ answers, earlier, isAdmin, isUnsaid }: AnswerFacts, question: Question): readonly Reason[] {
  const said = saidIn(answers, question) ?? saidIn(earlier, question) ?? [];
  return when(question.isRequired && !isAdmin && !isUnsaid && said.length === 0, { code: 'answerRequired', target: targetOf(question), message: `The question '${question.text}' needs an answer.` });
}

function formReasons({ answers, misfits }: AnswerFacts, question: Question): readonly Reason[] {
  const said = saidIn(answers, question) ?? [];
  const [target, isChoice] = [targetOf(question), question.choices.length > 0];
  return [
    ...when(said.length > 1 && !(isChoice && question.isMultipleSelectionAllowed), { code: 'answeredTwice', target, message: `The question '${question.text}' takes one answer. Send one.` }),
    ...when(new Set(said).size < said.length && isChoice && question.isMultipleSelectionAllowed, { code: 'answeredTwice', target, message: `The question '${question.text}' is answered twice with the same. Send each choice once.` }),
    ...when(isChoice && said.some((value) => !question.choices.includes(value)), {
      code: 'answerNotOffered', target, message: `The question '${question.text}' takes ${question.isMultipleSelectionAllowed ? 'any' : 'one'} of: ${question.choices.join(', ')}.`,
    }),
    ...when(question.isSingleLine && said.some((value) => /[\r\n]/.test(value)), { code: 'answerNotSingleLine', target, message: `The answer to '${question.text}' has to fit in one line. Leave the line breaks out.` }),
    ...when(misfits.includes(question.id), { code: 'answerPattern', target, message: `The answer to '${question.text}' does not follow the pattern ${question.regexPattern ?? ''}.` }),
  ];
}

function fixedReasons({ answers, earlier, isAdmin }: AnswerFacts, question: Question): readonly Reason[] {
  const [said, before] = [saidIn(answers, question), saidIn(earlier, question) ?? []];
  const isChanged = said !== undefined && before.length > 0 && JSON.stringify(said.toSorted()) !== JSON.stringify(before.toSorted());
  return when(!question.isAnswerEditable && !isAdmin && isChanged, {
    code: 'answerNotEditable', target: targetOf(question), message: `The answer to '${question.text}' cannot be changed. Leave it out, or ask an administrator to change it.`,
  });
}

const targetOf = ({ id }: Question): string => `answers/${id}`;
const when = (holds: boolean, reason: Reason): readonly Reason[] => (holds ? [reason] : []);

/** Answers whose question has a pattern, with it: what has to be matched outside, because patterns are a package's business. */
export const patternedAnswers = (questions: readonly Question[], answers: readonly Answer[]): readonly { readonly questionId: string; readonly pattern: string; readonly value: string }[] =>
  questions.flatMap((question) => (saidIn(answers, question) ?? []).flatMap((value) => (question.regexPattern === undefined || question.choices.length > 0 ? [] : [{ questionId: question.id, pattern: question.regexPattern, value }])));

/**
 * What was answered in the end: of several requests about one assignment, oldest first, the last that speaks of a question counts.
 * All answers of one request to one question stay together.
 */
export function answersInForce(requests: readonly (readonly Answer[])[]): readonly Answer[] {
  return requests.reduce<readonly Answer[]>((before, now) => {
    const spokenOf = new Set(now.map((answer) => answer.answeredQuestion?.id?.toLowerCase()));
    return [...before.filter((answer) => !spokenOf.has(answer.answeredQuestion?.id?.toLowerCase())), ...now];
  }, []);
}

/** Answers as they are kept and shown: what stands beside the value comes from the policy, in the requestor's language, never from the client. */
export function keptAnswers(answers: readonly Answer[], questions: readonly Question[], languages: readonly string[]): readonly Answer[] {
  return answers.flatMap((answer) => {
    const question = questions.find((one) => isTo(answer, one));
    if (question === undefined) return [];
    const chosen = recordsAt(question.wire, 'choices').find((choice) => textAt(choice, 'actualValue') === answer.value);
    const displayValue = chosen === undefined ? answer.value ?? null : textFor(chosen, languages) ?? answer.value ?? null;
    return [{ ...answer, displayValue, answeredQuestion: { id: question.id, text: textFor(question.wire, languages) ?? question.text } }];
  });
}

/** A question in the reader's language, with its choices; other translations stay beside it. */
export function localizedQuestion(wire: JsonRecord, languages: readonly string[]): JsonRecord {
  const choices = Array.isArray(wire['choices']) ? { choices: recordsAt(wire, 'choices').map((choice) => localized(choice, languages)) } : {};
  return { ...localized(wire, languages), ...choices };
}

const localized = (json: JsonRecord, languages: readonly string[]): JsonRecord => ({ ...json, text: textFor(json, languages) ?? null });

/** `text`, or its translation among `localizations`. */
const textFor = (json: JsonRecord, languages: readonly string[]): string | undefined => translationFor(languages, recordsAt(json, 'localizations').flatMap(translation)) ?? textAt(json, 'text');

function translation(json: JsonRecord): readonly LocalizedText[] {
  const [languageCode, text] = [textAt(json, 'languageCode'), textAt(json, 'text')];
  return languageCode === undefined || text === undefined ? [] : [{ languageCode, text }];
}
