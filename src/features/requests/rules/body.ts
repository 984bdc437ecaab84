/** From the odd bodies of requests to one flat shape (contract §1.6): both vocabularies, nested or not. */
import { isRecord, type JsonRecord, without } from '../../../kernel/json.ts';

/** Where what is sent inside `assignment` goes. Everything else inside keeps its name with a prefix, and is refused by it. */
const inAssignment: Readonly<Record<string, string>> = { id: 'assignmentId', targetid: 'targetId', assignmentpolicyid: 'assignmentPolicyId', accesspackageid: 'accessPackageId' };
const referred: Readonly<Record<string, string>> = { assignmentpolicy: 'assignmentPolicyId', accesspackageassignmentpolicy: 'assignmentPolicyId', accesspackage: 'accessPackageId' };
const targetMembers: Readonly<Record<string, string>> = { objectid: 'targetId', id: 'targetId', email: 'targetEmail' };
/** What clients send back inside because they have read it. */
const echoed = /^(@odata\..*|catalogid|assignmentstate|assignmentstatus|state|status|isextended|schedule|expireddatetime|customextensioncalloutinstances)$/i;

/** Lifts what names the package, the policy, the target and the assignment to the top. Beta's older word for a change is understood. Leaves a flat body as it is. */
export function requestFromBody(body: JsonRecord): JsonRecord {
  const result: Record<string, unknown> = {};
  for (const [word, value] of Object.entries(body)) {
    const key = word.toLowerCase();
    if (key === 'answers' && Array.isArray(value)) result['answers'] = value.map(answerFrom);
    else if (key === 'requesttype' && typeof value === 'string' && /^userExtend$/i.test(value)) result[word] = 'userUpdate';
    else if ((key === 'assignment' || key === 'accesspackageassignment') && isRecord(value)) Object.assign(result, lift(value));
    else if (referred[key] !== undefined && isRecord(value)) result[referred[key]] ??= value['id'];
    else if (key === 'parameters' || value !== undefined) result[word] = value;
  }
  return result;
}

/** A rendered request in beta's words: the text of a question is an object there. */
export const requestToBeta = (entity: JsonRecord): JsonRecord => (Array.isArray(entity['answers']) ? { ...entity, answers: entity['answers'].map(answerTo) } : entity);

function answerTo(answer: unknown): unknown {
  if (!isRecord(answer) || !isRecord(answer['answeredQuestion'])) return answer;
  const { text, ...question } = answer['answeredQuestion'];
  return { ...answer, answeredQuestion: { ...question, ...(typeof text === 'string' ? { text: { defaultText: text, localizedTexts: [] } } : {}) } };
}

/** Every answer is a value: a choice is named by its `actualValue`. What is shown for it is not the client's to say. */
function answerFrom(answer: unknown): unknown {
  if (!isRecord(answer)) return answer;
  const { actualValue, value, answeredQuestion: question, ...rest } = without(answer, '@odata.type', 'displayValue');
  return { '@odata.type': '#microsoft.graph.accessPackageAnswerString', ...rest, ...(value === undefined && actualValue === undefined ? {} : { value: value ?? actualValue }), ...(isRecord(question) ? { answeredQuestion: { id: question['id'] } } : {}) };
}

function lift(assignment: JsonRecord): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [word, value] of Object.entries(assignment)) {
    const key = word.toLowerCase();
    const own = inAssignment[key];
    const reference = referred[key];
    if (own !== undefined) result[own] = value;
    else if (reference !== undefined && isRecord(value)) result[reference] ??= value['id'];
    else if (key === 'target' && isRecord(value)) Object.assign(result, liftTarget(value));
    else if (!echoed.test(word)) result[`assignment/${word}`] = value;
  }
  return result;
}

function liftTarget(target: JsonRecord): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [word, value] of Object.entries(target)) {
    const own = targetMembers[word.toLowerCase()];
    if (own !== undefined && value !== null) result[own] ??= value;
  }
  return result;
}
