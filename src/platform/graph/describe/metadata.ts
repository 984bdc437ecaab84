/** `$metadata`: the service as CSDL XML 4.0 (https://docs.oasis-open.org/odata/odata-csdl-xml/v4.01), from the declarations. */
import type { Action, Answers, FilterFunction, ReadFunction, Version } from '../model.ts';
import type { Property } from '../property.ts';
import { wordFor, type Registry, type ResolvedType } from '../registry.ts';
import { beginsIn, isIn } from '../version.ts';
import { propertiesOf } from './schema.ts';
import { containerOf } from './container.ts';
import { typeName, ValueTypes } from './value-types.ts';
import { element } from './xml.ts';

/** The document of a version. */
export function metadataDocument(registry: Registry, version: Version): string {
  const types = [...registry.types.values()];
  const values = new ValueTypes(version, new Set(types.map(({ name }) => name)));
  const entities = types.map((type) => entityType(registry, type, { version, values }));
  const operations = [...types.flatMap((type) => operationsOf(registry, type, { version, values })), ...unbound(registry, { version, values })];
  const { container, types: folders } = containerOf(registry, version);
  const schema = element('Schema', { Namespace: 'microsoft.graph', Alias: 'graph', xmlns: 'http://docs.oasis-open.org/odata/ns/edm' }, [...values.elements(), ...entities, ...folders, ...operations, container]);
  return `<?xml version="1.0" encoding="utf-8"?>${element('edmx:Edmx', { Version: '4.0', 'xmlns:edmx': 'http://docs.oasis-open.org/odata/ns/edmx' }, [element('edmx:DataServices', {}, [schema])])}`;
}

interface Writing {
  readonly version: Version;
  readonly values: ValueTypes;
}

function baseOf(registry: Registry, type: ResolvedType): ResolvedType | undefined {
  return type.declared.base === undefined ? undefined : registry.types.get(type.declared.base.toLowerCase());
}

function entityType(registry: Registry, type: ResolvedType, { version, values }: Writing): string {
  const base = baseOf(registry, type);
  const inherited = new Map(base === undefined ? [] : propertiesOf(base, version));
  const properties = propertiesOf(type, version).filter(([word, property]) => inherited.get(word) !== property && !(base !== undefined && word === type.keyProperty));
  const navigations = [...type.navigations].filter(([name, navigation]) => base?.navigations.get(name) !== navigation && isIn(version, navigation));
  return element('EntityType', { Name: type.name, BaseType: base === undefined ? undefined : typeName(base.name), Abstract: type.declared.abstract, OpenType: type.declared.open }, [
    ...(base === undefined ? [element('Key', {}, [element('PropertyRef', { Name: type.keyProperty })])] : []),
    ...properties.map(([word, property]) => values.property(word, word === type.keyProperty ? { ...property, notNull: true } : property)),
    ...navigations.map(([name, navigation]) => element('NavigationProperty', { Name: wordFor(type, name, version), Type: navigation.many ? `Collection(${typeName(navigation.to)})` : typeName(navigation.to), ContainsTarget: navigation.contained })),
  ]);
}

const isSame = (one: unknown, other: unknown): boolean => one === other;

type Members = 'actions' | 'collectionActions' | 'functions' | 'collectionFunctions';

function operationsOf(registry: Registry, type: ResolvedType, writing: Writing): readonly string[] {
  const base = baseOf(registry, type);
  const own = <T extends { readonly only?: Version }>(key: Members, members: Readonly<Record<string, T>> | undefined): readonly (readonly [string, T])[] =>
    Object.entries(members ?? {}).filter(([name, each]) => isIn(writing.version, each) && !isSame(base?.declared[key]?.[name], each));
  const { actions, collectionActions, functions, collectionFunctions } = type.declared;
  const [one, many] = [typeName(type.name), `Collection(${typeName(type.name)})`];
  return [
    ...own<Action>('actions', actions).map(([name, action]) => operation(writing, { tag: 'Action', name, binding: one }, action)), ...own<Action>('collectionActions', collectionActions).map(([name, action]) => operation(writing, { tag: 'Action', name, binding: many }, action)),
    ...own<FilterFunction | ReadFunction>('functions', functions).map(([name, fn]) => operation(writing, { tag: 'Function', name, binding: one }, fn)), ...own<FilterFunction | ReadFunction>('collectionFunctions', collectionFunctions).map(([name, fn]) => operation(writing, { tag: 'Function', name, binding: many }, fn)),
  ];
}

function operation({ values }: Writing, at: { readonly tag: 'Action' | 'Function'; readonly name: string; readonly binding?: string }, declared: Action | FilterFunction | ReadFunction): string {
  const parameters = Object.entries(declared.parameters ?? {}).map(([name, property]) => element('Parameter', { Name: name, ...values.typed(property) }, at.binding === undefined && property.required !== true ? [optional] : []));
  const returned = 'returns' in declared ? `Collection(${typeName(declared.returns)})` : answerType(values, declared.answers) ?? (at.tag === 'Function' ? 'Edm.Untyped' : undefined);
  return element(at.tag, { Name: at.name, IsBound: at.binding === undefined ? undefined : true, IsComposable: 'returns' in declared ? true : undefined }, [
    ...(at.binding === undefined ? [] : [element('Parameter', { Name: 'bindingParameter', Type: at.binding, Nullable: false })]), ...parameters, ...(returned === undefined ? [] : [element('ReturnType', { Type: returned })]),
  ]);
}

/** What is bound to nothing; the container imports it. */
const unbound = (registry: Registry, writing: Writing): readonly string[] => [
  ...registry.functions.filter((each) => beginsIn(writing.version, each)).map((declared) => operation(writing, { tag: 'Function', name: declared.path }, declared)),
  ...registry.actions.filter((each) => beginsIn(writing.version, each)).map((declared) => operation(writing, { tag: 'Action', name: declared.path }, declared)),
];

/** https://github.com/oasis-tcs/odata-vocabularies, Org.OData.Core.V1. */
const optional = element('Annotation', { Term: 'Org.OData.Core.V1.OptionalParameter' });

function answerType(values: ValueTypes, answers: Answers | undefined): string | undefined {
  const of = (type: Property['type'], collection: boolean): string => values.typed({ type, collection }).Type;
  if (answers === undefined || 'accepted' in answers) return undefined;
  if ('entity' in answers) return typeName(answers.entity);
  if ('entities' in answers) return `Collection(${typeName(answers.entities)})`;
  if ('value' in answers) return of(answers.value, false);
  return 'values' in answers ? of(answers.values, true) : of(answers.scalar, false);
}
