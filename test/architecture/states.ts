/** States are written as the tables of the lives say: no statement and no object that is to be written names one itself. */
import { stageLife } from '../../src/features/approvals/machine.ts';
import { assignmentLife, assignmentStatusOf } from '../../src/features/assignments/machine.ts';
import { calloutLife } from '../../src/features/extensions/machine.ts';
import { requestLife } from '../../src/features/requests/machine.ts';
import { statusOf } from '../../src/features/requests/model.ts';
import { scheduleRequestLife } from '../../src/features/roleSchedules/machine.ts';
import { childOf, childrenOf, placeOf, walk, type SourceFile, type SyntaxNode } from './source.ts';

const words = [...requestLife.states, ...stageLife.states, ...assignmentLife.states, ...calloutLife.states, ...scheduleRequestLife.states, ...Object.values(statusOf), ...Object.values(assignmentStatusOf)];
const quoted = new RegExp(`'(${[...new Set(words)].join('|')})'`);
const tables = 'assignments|assignment_requests|approval_stages|callouts|role_schedule_requests';
/** What is set on rows of the lives, up to where rows are chosen; and what a new row begins with. */
const writes = [
  new RegExp(`\\bupdate\\s+(?:${tables})\\b(?:\\s+(?!set\\b)\\w+)?\\s+set\\b([\\s\\S]*?)(?=\\bfrom\\b|\\bwhere\\b|\\breturning\\b|$)`, 'g'),
  new RegExp(`\\binsert\\s+into\\s+(?:${tables})\\b([\\s\\S]*?)(?=\\breturning\\b|\\binsert\\s+into\\b|\\bwhere\\b|$)`, 'g'),
];
const carriers = /^(state|status|to|becomes)$/;

/** States that are written by name outside the tables. */
export function findLiteralStates(file: SourceFile): readonly string[] {
  const found: string[] = [];
  walk(file.program, (node) => {
    if (node.type === 'TemplateLiteral' && writesState(sqlOf(file, node))) found.push(`${placeOf(file, node.start)} writes a state by name; take it from step()`);
    if (node.type === 'Property' && namesState(node)) found.push(`${placeOf(file, node.start)} gives a state by name; take it from step()`);
  });
  return found;
}

/** The text of a statement, with `$` for each parameter. */
const sqlOf = (file: SourceFile, template: SyntaxNode): string => childrenOf(template, 'quasis').map((part) => file.text.slice(part.start, part.end)).join('$');

const writesState = (text: string): boolean => writes.some((write) => [...text.matchAll(write)].some(([, written = '']) => quoted.test(written)));

function namesState(property: SyntaxNode): boolean {
  const [key, value] = [childOf(property, 'key'), childOf(property, 'value')];
  return key?.type === 'Identifier' && carriers.test(String(key['name'])) && value?.type === 'Literal' && quoted.test(`'${String(value['value'])}'`);
}
