/** `$filter` as a SQL condition. Values are bound parameters only; nothing of a client's text becomes SQL. */
import { sql } from 'kysely';
import type { Sql } from '../model.ts';
import type { Expression } from '../syntax/ast.ts';
import { callOperand, predicateCall } from './functions.ts';
import { countOperand, quantified } from './many.ts';
import { kindOf, literalOperand, literalText, pathOperand, refuseFilter, type Names, type Operand } from './operand.ts';
import type { Compiling, Source } from './scope.ts';

/** The condition that a `$filter` puts on a row. Unknown names and wrong types are refused (400 InvalidFilter). */
export function compileFilter(context: Compiling, row: Source, expression: Expression): Sql {
  return condition({ context, row, variables: new Map() }, expression);
}

function condition(names: Names, expression: Expression): Sql {
  switch (expression.node) {
    case 'and': return sql`(${condition(names, expression.left)} and ${condition(names, expression.right)})`;
    case 'or': return sql`(${condition(names, expression.left)} or ${condition(names, expression.right)})`;
    // Three-valued logic ends here: what is not true is false, so that `not` finds rows without a value.
    case 'not': return sql`((${condition(names, expression.operand)}) is not true)`;
    case 'compare': return comparison(names, expression);
    case 'in': return membership(names, expression);
    case 'lambda': return quantified(names, expression, condition);
    case 'call': return predicateCall(names, expression, operandOf) ?? truth(operandOf(names, expression));
    case 'literal': return truth(operandOf(names, expression));
    case 'path': return truth(operandOf(names, expression));
    default: return refuseFilter(`'${expression.node}' at position ${expression.at} is not offered here`);
  }
}

function truth(operand: Operand): Sql {
  return operand.type === 'flag' ? operand.sql : refuseFilter('a condition is expected where a value stands');
}

/** The operand that an expression stands for; a literal takes the type of what it is compared with. */
export function operandOf(names: Names, expression: Expression, against?: Operand['type']): Operand {
  switch (expression.node) {
    case 'literal': return literalOperand(expression.literal, against);
    case 'path': return pathOperand(names, expression.segments);
    case 'call': return callOperand(names, expression, operandOf);
    case 'countOf': return countOperand(names, expression.path);
    default: return { sql: condition(names, expression), type: 'flag', exact: true };
  }
}

const operators = { eq: sql`=`, ne: sql`is distinct from`, gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` } as const;

function comparison(names: Names, { left, right, operator }: Expression & { node: 'compare' }): Sql {
  if (isNull(right)) return nullTest(operandOf(names, left), operator);
  if (isNull(left)) return nullTest(operandOf(names, right), operator);
  const [a, b] = typedPair(names, left, right);
  const fold = foldingOf(a, b);
  const reworded = operator === 'eq' && right.node === 'literal' ? a.equals?.(literalText(right.literal)) : undefined;
  if (reworded !== undefined) return a.within?.(() => reworded) ?? sql`(${reworded})`;
  const compared = (x: Sql, y: Sql): Sql => sql`(${fold(x)} ${operators[operator]} ${fold(y)})`;
  // What is not there differs from everything: only ne needs the value itself.
  if (operator !== 'ne' && right.node === 'literal' && a.within !== undefined) return a.within((value) => compared(value, b.sql));
  if (operator !== 'ne' && left.node === 'literal' && b.within !== undefined) return b.within((value) => compared(a.sql, value));
  return compared(a.sql, b.sql);
}

/** Both sides, literals typed by the other side. */
function typedPair(names: Names, left: Expression, right: Expression): readonly [Operand, Operand] {
  if (left.node !== 'literal') {
    const a = operandOf(names, left);
    return [a, compatible(a, operandOf(names, right, a.type))];
  }
  const b = operandOf(names, right);
  return [compatible(b, operandOf(names, left, b.type)), b];
}

function compatible(wanted: Operand, got: Operand): Operand {
  if (wanted.type === 'any' || got.type === 'any') return refuseFilter('a structured value can only be compared with null; name one of its properties');
  if (kindOf(wanted.type) === kindOf(got.type)) return got;
  return refuseFilter(`a ${kindOf(wanted.type)} cannot be compared with a ${kindOf(got.type)}`);
}

/** Text is compared without regard to case, as Graph does, unless one side is an identifier. */
function foldingOf(a: Operand, b: Operand): (value: Sql) => Sql {
  const folds = a.type === 'text' && b.type === 'text' && !a.exact && !b.exact;
  return folds ? (value) => sql`lower(${value})` : (value) => value;
}

const isNull = (expression: Expression): boolean => expression.node === 'literal' && expression.literal.kind === 'null';

function nullTest(operand: Operand, operator: string): Sql {
  if (operator === 'eq') return sql`(${operand.sql} is null)`;
  return operator === 'ne' ? sql`(${operand.sql} is not null)` : refuseFilter('null can only be compared with eq and ne');
}

function membership(names: Names, { operand, list }: Expression & { node: 'in' }): Sql {
  const value = operandOf(names, operand);
  const folds = value.type === 'text' && !value.exact;
  const members = list.filter((literal) => literal.kind !== 'null').map((literal) => literalOperand(literal, value.type)).map((member) => (folds ? sql`lower(${member.sql})` : member.sql));
  const test = (it: Sql): Sql => sql`${folds ? sql`lower(${it})` : it} in (${sql.join(members)})`;
  const among = members.length === 0 ? [] : [value.within?.(test) ?? test(value.sql)];
  const absent = members.length === list.length ? [] : [sql`${value.sql} is null`];
  return sql`(${sql.join([...among, ...absent], sql` or `)})`;
}
