import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { parseQuestion } from '../../policies/model.ts';
import type { Answer } from '../model.ts';
import { answerReasons, answersInForce, keptAnswers, localizedQuestion, patternedAnswers, type AnswerFacts } from './answers.ts';

const text = (more: JsonRecord = {}) => parseQuestion({ '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', id: 'Q1', text: 'Why?', ...more });
const choice = (more: JsonRecord = {}) => parseQuestion({
  '@odata.type': '#microsoft.graph.accessPackageMultipleChoiceQuestion', id: 'Q2', text: 'Which?', choices: [{ actualValue: 'r', text: 'Red', localizations: [{ languageCode: 'de', text: 'Rot' }] }, { actualValue: 'g', text: 'Green' }], ...more,
});
const to = (id: string | undefined, value: string | null): Answer => ({ value, answeredQuestion: id === undefined ? {} : { id } });
const judge = (facts: Partial<AnswerFacts>) => answerReasons({ questions: [text(), choice()], answers: [], earlier: [], misfits: [], isAdmin: false, isUnsaid: false, ...facts });
const told = (facts: Partial<AnswerFacts>) => judge(facts).map(({ code, target, message }) => [code, target, message]);

describe('answers', () => {
  it('are none where none is wanted', () => {
    expect(told({})).toEqual([]);
    expect(told({ questions: [text({ isRequired: true, isSingleLineQuestion: true, regexPattern: 'a+', isAnswerEditable: false })], answers: [to('q1', 'a')] })).toEqual([]);
    expect(told({ questions: [choice({ isRequired: true })], answers: [to('q2', 'r')] })).toEqual([]);
    expect(told({ questions: [choice({ isMultipleSelectionAllowed: true })], answers: [to('q2', 'r'), to('q2', 'g')] })).toEqual([]);
  });

  it('have to be given where they are required', () => {
    const needed = [['answerRequired', 'answers/Q1', "The question 'Why?' needs an answer."]];
    const questions = [text({ isRequired: true })];
    expect(told({ questions })).toEqual(needed);
    expect(told({ questions, answers: [to('Q1', ' ')] })).toEqual(needed);
    expect(told({ questions, answers: [to('Q1', null)] })).toEqual(needed);
    expect(told({ questions, isAdmin: true })).toEqual([]);
    expect(told({ questions, isUnsaid: true })).toEqual([]);
    expect(told({ questions, earlier: [to('q1', 'before')] })).toEqual([]);
    expect(told({ questions, earlier: [to('q1', '')] })).toEqual(needed);
    expect(told({ questions, earlier: [to('q1', 'before')], answers: [to('q1', '')] })).toEqual(needed);
  });

  it('are to questions of the policy', () => {
    expect(told({ answers: [to('q1', 'x'), to('other', 'y'), to(undefined, 'z'), { value: 'n', answeredQuestion: null }] })).toEqual([
      ['questionUnknown', 'answers[1]/answeredQuestion/id', "The policy asks no question 'other'. Leave the answer out, or read the questions again."],
      ['questionUnknown', 'answers[2]/answeredQuestion/id', 'The answer does not say which question it is to. Send answeredQuestion with the id of one.'],
      ['questionUnknown', 'answers[3]/answeredQuestion/id', 'The answer does not say which question it is to. Send answeredQuestion with the id of one.'],
    ]);
    expect(judge({ answers: [to('other', 'y')], isAdmin: true })).toHaveLength(1);
  });

  it('come once, or each choice once', () => {
    const one = (id: string, said: string) => [['answeredTwice', `answers/${id}`, `The question '${said}' takes one answer. Send one.`]];
    expect(told({ answers: [to('Q1', 'a'), to('Q1', 'b')] })).toEqual(one('Q1', 'Why?'));
    expect(told({ answers: [to('Q1', 'a'), to('Q1', ' ')] })).toEqual([]);
    expect(told({ answers: [to('Q2', 'r'), to('Q2', 'g')] })).toEqual(one('Q2', 'Which?'));
    expect(told({ questions: [text({ isMultipleSelectionAllowed: true })], answers: [to('Q1', 'a'), to('Q1', 'b')] })).toEqual(one('Q1', 'Why?'));
    expect(told({ questions: [choice({ isMultipleSelectionAllowed: true })], answers: [to('Q2', 'r'), to('Q2', 'r')] })).toEqual([['answeredTwice', 'answers/Q2', "The question 'Which?' is answered twice with the same. Send each choice once."]]);
    expect(told({ answers: [to('Q1', 'a'), to('Q1', 'a')] })).toEqual(one('Q1', 'Why?'));
  });

  it('are among the choices', () => {
    expect(told({ answers: [to('Q2', 'blue')] })).toEqual([['answerNotOffered', 'answers/Q2', "The question 'Which?' takes one of: r, g."]]);
    expect(told({ answers: [to('Q2', 'Red')], isAdmin: true })).toHaveLength(1);
    expect(told({ questions: [choice({ isMultipleSelectionAllowed: true })], answers: [to('Q2', 'r'), to('Q2', 'blue')] })).toEqual([['answerNotOffered', 'answers/Q2', "The question 'Which?' takes any of: r, g."]]);
  });

  it.each(['a\nb', 'a\rb', '\n.'])('fit in one line where one is asked for: %j', (value) => {
    expect(told({ questions: [text({ isSingleLineQuestion: true })], answers: [to('Q1', value)] })).toEqual([['answerNotSingleLine', 'answers/Q1', "The answer to 'Why?' has to fit in one line. Leave the line breaks out."]]);
    expect(told({ answers: [to('Q1', value)] })).toEqual([]);
  });

  it('follow their pattern', () => {
    const questions = [text({ regexPattern: '[0-9]+' }), choice()];
    expect(told({ questions, answers: [to('Q1', 'x')], misfits: ['Q1'] })).toEqual([['answerPattern', 'answers/Q1', "The answer to 'Why?' does not follow the pattern [0-9]+."]]);
    expect(told({ questions, answers: [to('Q1', 'x')], misfits: ['Q2', 'Q3'] })).toEqual([['answerPattern', 'answers/Q2', "The answer to 'Which?' does not follow the pattern ."]]);
  });

  it('stay as they are where they are fixed', () => {
    const fixed = [['answerNotEditable', 'answers/Q1', "The answer to 'Why?' cannot be changed. Leave it out, or ask an administrator to change it."]];
    const questions = [text({ isAnswerEditable: false })];
    const earlier = [to('q1', 'before')];
    expect(told({ questions, earlier, answers: [to('Q1', 'after')] })).toEqual(fixed);
    expect(told({ questions, earlier, answers: [to('Q1', '')] })).toEqual(fixed);
    expect(told({ questions, earlier, answers: [to('Q1', 'before')] })).toEqual([]);
    expect(told({ questions, earlier })).toEqual([]);
    expect(told({ questions, earlier: [to('q1', ' ')], answers: [to('Q1', 'first')] })).toEqual([]);
    expect(told({ questions, answers: [to('Q1', 'first')] })).toEqual([]);
    expect(told({ questions, earlier, answers: [to('Q1', 'after')], isAdmin: true })).toEqual([]);
    expect(told({ questions: [text()], earlier, answers: [to('Q1', 'after')] })).toEqual([]);
    const several = { questions: [choice({ isAnswerEditable: false, isMultipleSelectionAllowed: true })], earlier: [to('q2', 'g'), to('q2', 'r')] };
    expect(told({ ...several, answers: [to('Q2', 'r'), to('Q2', 'g')] })).toEqual([]);
    expect(told({ ...several, answers: [to('Q2', 'r')] }).map(([code]) => code)).toEqual(['answerNotEditable']);
  });

  it('are told all that is wrong at once, in the order of the questions', () => {
    const questions = [text({ isRequired: true }), choice(), text({ id: 'Q3', isSingleLineQuestion: true, regexPattern: 'a' })];
    expect(judge({ questions, answers: [to('Q2', 'x'), to('Q3', 'a\nb'), to('Q9', '')], misfits: ['Q3'] }).map(({ code, target }) => `${code} ${target ?? ''}`)).toEqual([
      'questionUnknown answers[2]/answeredQuestion/id', 'answerRequired answers/Q1', 'answerNotOffered answers/Q2', 'answerNotSingleLine answers/Q3', 'answerPattern answers/Q3',
    ]);
  });
});

describe('what has to follow a pattern', () => {
  it('is every answer to a question for text that has one', () => {
    const questions = [text({ regexPattern: 'a+' }), choice({ regexPattern: 'b+' }), text({ id: 'Q3' }), text({ id: 'Q4', regexPattern: '' })];
    const answers = [to('q1', 'aa'), to('q1', 'b'), to('q1', ' '), to('q2', 'r'), to('q3', 'x'), to('q4', 'y'), to('other', 'z')];
    expect(patternedAnswers(questions, answers)).toEqual([{ questionId: 'Q1', pattern: 'a+', value: 'aa' }, { questionId: 'Q1', pattern: 'a+', value: 'b' }]);
    expect(patternedAnswers(questions, [])).toEqual([]);
  });
});

describe('answers in force', () => {
  it('are the last to each question, those of one request together', () => {
    expect(answersInForce([])).toEqual([]);
    const [first, second] = [[to('q1', 'a'), to('q2', 'r'), to('q2', 'g')], [to('Q2', 'r'), to('q3', 'x')]];
    expect(answersInForce([first, second])).toEqual([to('q1', 'a'), to('Q2', 'r'), to('q3', 'x')]);
    expect(answersInForce([second, first])).toEqual([to('q3', 'x'), to('q1', 'a'), to('q2', 'r'), to('q2', 'g')]);
  });

  it('name no question of an older request that a newer one speaks of', () => {
    const request = fc.array(fc.record({ value: fc.string({ maxLength: 2 }), answeredQuestion: fc.record({ id: fc.constantFrom('a', 'b', 'c') }) }), { maxLength: 4 });
    fc.assert(fc.property(fc.array(request, { maxLength: 5 }), (requests) => {
      const kept = answersInForce(requests);
      for (const id of ['a', 'b', 'c']) {
        const last = requests.findLast((one) => one.some(({ answeredQuestion }) => answeredQuestion.id === id)) ?? [];
        expect(kept.filter(({ answeredQuestion }) => answeredQuestion?.id === id)).toEqual(last.filter(({ answeredQuestion }) => answeredQuestion.id === id));
      }
    }));
  });
});

describe('answers as they are kept', () => {
  const german = text({ localizations: [{ languageCode: 'de', text: 'Warum?' }, { languageCode: 'fr' }, { text: 'no code' }] });

  it('show what the policy says, in the language of whoever asks, and nothing of the client\'s', () => {
    const said = [{ value: 'r', displayValue: 'harmless', answeredQuestion: { id: 'q2', text: 'Nothing at all' } }, to('q1', 'because')];
    const kept = (languages: readonly string[]) => keptAnswers(said, [german, choice()], languages).map(({ value, displayValue, answeredQuestion }) => [value, displayValue, answeredQuestion]);
    expect(kept([])).toEqual([['r', 'Red', { id: 'Q2', text: 'Which?' }], ['because', 'because', { id: 'Q1', text: 'Why?' }]]);
    expect(kept(['de'])).toEqual([['r', 'Rot', { id: 'Q2', text: 'Which?' }], ['because', 'because', { id: 'Q1', text: 'Warum?' }]]);
    expect(kept(['fr'])).toEqual(kept([]));
  });

  it('are those to questions of the policy', () => {
    expect(keptAnswers([to('other', 'x'), { value: 'y' }], [german], [])).toEqual([]);
    expect(keptAnswers([{ answeredQuestion: { id: 'q1' } }], [german], [])).toEqual([{ displayValue: null, answeredQuestion: { id: 'Q1', text: 'Why?' } }]);
    expect(keptAnswers([to('q2', 'r')], [choice({ choices: [{ actualValue: 'r' }] })], [])).toMatchObject([{ displayValue: 'r' }]);
    expect(keptAnswers([to('q1', 'x')], [parseQuestion({ id: 'q1' })], [])).toMatchObject([{ answeredQuestion: { text: '' } }]);
  });
});

describe('a question for a reader', () => {
  it('is in the reader\'s language with its choices, other translations beside it', () => {
    const { wire } = choice({ localizations: [{ languageCode: 'de', text: 'Welche?' }] });
    expect(localizedQuestion(wire, ['de'])).toEqual({ ...wire, text: 'Welche?', choices: [{ actualValue: 'r', text: 'Rot', localizations: [{ languageCode: 'de', text: 'Rot' }] }, { actualValue: 'g', text: 'Green' }] });
    expect(localizedQuestion(wire, [])).toEqual(wire);
    expect(localizedQuestion({ id: 'q' }, ['de'])).toEqual({ id: 'q', text: null });
  });
});
