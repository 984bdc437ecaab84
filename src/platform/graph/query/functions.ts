/** The functions that a filter may call. */
import { sql } from 'kysely';
import type { Scalar, Sql } from '../model.ts';
import type { Expression } from '../syntax/ast.ts';
import { bareType, clip } from '../value.ts';
import { kindOf, refuseFilter, type Names, type Operand } from './operand.ts';
import { allOf, castNamed, isOfType } from './scope.ts';

type Call = Expression & { node: 'call' };
type Evaluate = (names: Names, expression: Expression, against?: Operand['type']) => Operand;

const escaped = (value: Sql): Sql => sql`replace(replace(replace(${value}, '\\', '\\\\'), '%', '\\%'), '_', '\\_')`;

/** contains, startswith, endswith and isof as conditions; undefined for any other function. */
export function predicateCall(names: Names, call: Call, evaluate: Evaluate): Sql | undefined {
  if (call.name === 'isof') return isOf(names, call);
  if (!['contains', 'startswith', 'endswith', 'substringof'].includes(call.name)) return undefined;
  const [first, second] = call.name === 'substringof' ? [call.arguments[1], call.arguments[0]] : call.arguments;
  if (first === undefined || second === undefined || call.arguments.length !== 2) return refuseFilter(`${call.name} takes two arguments`);
  const [text, part] = [asText(call.name, evaluate(names, first, 'text')), asText(call.name, evaluate(names, second, 'text'))];
  const folds = !text.exact;
  const wanted = escaped(folds ? sql`lower(${part.sql})` : part.sql);
  const pattern = { startswith: sql`(${wanted} || '%')`, endswith: sql`('%' || ${wanted})` }[call.name] ?? sql`('%' || ${wanted} || '%')`;
  const test = (value: Sql): Sql => sql`(${folds ? sql`lower(${value})` : value} like ${pattern})`;
  return second.node === 'literal' && text.within !== undefined ? text.within(test) : test(text.sql);
}

function asText(name: string, operand: Operand): Operand {
  if (typeof operand.type !== 'string') return operand;
  if (['text', 'span', 'binary'].includes(operand.type)) return operand;
  if (operand.type === 'guid') return { ...operand, sql: sql`(${operand.sql})::text`, exact: true, within: undefined };
  return refuseFilter(`${name} takes text, not a ${operand.type}`);
}

function isOf(names: Names, call: Call): Sql {
  const said = call.arguments.at(-1);
  const word = said?.node === 'literal' && said.literal.kind === 'string' ? said.literal.value : said?.node === 'path' ? said.segments.join('.') : '';
  const type = castNamed(names.context, names.row.type, `microsoft.graph.${bareType(word)}`);
  if (type === undefined || call.arguments.length !== 1) return refuseFilter(`isof takes the name of a type of this collection; '${clip(word)}' is none`);
  return allOf(isOfType({ ...names.row, type }));
}

interface Shape {
  readonly takes: readonly Scalar[];
  readonly gives: Scalar;
  readonly as: (...values: readonly Sql[]) => Sql;
}

const part = (field: string): Shape => ({ takes: ['instant'], gives: 'whole', as: (value) => sql`extract(${sql.raw(field)} from (${value}) at time zone 'UTC')::integer` });

const shapes: Readonly<Record<string, Shape>> = {
  tolower: { takes: ['text'], gives: 'text', as: (value) => sql`lower(${value})` },
  toupper: { takes: ['text'], gives: 'text', as: (value) => sql`upper(${value})` },
  trim: { takes: ['text'], gives: 'text', as: (value) => sql`btrim(${value})` },
  length: { takes: ['text'], gives: 'whole', as: (value) => sql`length(${value})` },
  concat: { takes: ['text', 'text'], gives: 'text', as: (a, b) => sql`(${a} || ${b})` },
  indexof: { takes: ['text', 'text'], gives: 'whole', as: (a, b) => sql`(position(lower(${b}) in lower(${a})) - 1)` },
  substring: { takes: ['text', 'whole', 'whole'], gives: 'text', as: (text, from, length) => (length === undefined ? sql`substr(${text}, (${from})::integer + 1)` : sql`substr(${text}, (${from})::integer + 1, greatest((${length})::integer, 0))`) },
  year: part('year'), month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute'), second: part('second'),
  now: { takes: [], gives: 'instant', as: () => sql`now()` },
};

/** A function's value. */
export function callOperand(names: Names, call: Call, evaluate: Evaluate): Operand {
  const shape = Object.hasOwn(shapes, call.name) ? shapes[call.name] : undefined;
  if (shape === undefined) {
    const asCondition = predicateCall(names, call, evaluate);
    return asCondition === undefined ? refuseFilter(`the function '${clip(call.name)}' at position ${call.at} is not known`) : { sql: asCondition, type: 'flag', exact: true };
  }
  const least = call.name === 'substring' ? 2 : shape.takes.length;
  if (call.arguments.length < least || call.arguments.length > shape.takes.length) return refuseFilter(`${call.name} takes ${least} argument${least === 1 ? '' : 's'}`);
  const values = call.arguments.map((argument, index) => {
    const wanted = shape.takes[index] ?? 'text';
    const operand = evaluate(names, argument, wanted);
    if (wanted === 'text') return asText(call.name, operand).sql;
    return kindOf(operand.type) === kindOf(wanted) ? operand.sql : refuseFilter(`${call.name} takes ${kindOf(wanted)}, not ${kindOf(operand.type)}`);
  });
  return { sql: shape.as(...values), type: shape.gives, exact: false };
}
