/** The table under a policy, as an auditor reads it: who it is for, who may ask, who decides, for how long. */
import { durationIn, nameIn, namesIn } from './read.ts';
import type { PolicyPlan, QuestionPlan, StagePlan } from './world.ts';
import type { Scope, SubjectSet, Wish } from '../model/town.ts';

const relations: Readonly<Record<string, SubjectSet>> = {
  'the sponsors and owners of the agent': { set: 'targetAgentIdentitySponsorsOrOwners' }, 'the owners of the application': { set: 'targetApplicationOwners' },
  'the sponsors of whoever receives': { set: 'targetUserSponsors' }, 'the manager of whoever receives': { set: 'targetManager' }, "the manager's manager of whoever receives": { set: 'targetManager', level: 2 },
  'the manager of whoever asks': { set: 'requestorManager' }, 'the internal sponsors': { set: 'internalSponsors' }, 'the external sponsors': { set: 'externalSponsors' },
};

const scopes: Readonly<Record<string, Scope>> = {
  'all agents': 'allDirectoryAgentIdentities', 'all users': 'allDirectoryUsers', 'all members': 'allMemberUsers', 'all service principals': 'allDirectoryServicePrincipals', 'all guests': 'allExternalUsers',
  'guests of configured organizations': 'allConfiguredConnectedOrganizationUsers', 'whom an administrator chooses': 'notSpecified',
};

function setIn(words: string): SubjectSet {
  const relation = relations[words];
  if (relation !== undefined) return relation;
  const group = /^members of '([^']+)'$/.exec(words);
  if (group !== null) return { set: 'groupMembers', of: group[1] ?? '' };
  const application = /^the (?:agent|application) ('[^']+')$/.exec(words);
  if (application !== null) return { set: 'singleServicePrincipal', of: nameIn(application[1]) };
  if (namesIn(words)[0] !== nameIn(words)) throw new Error(`nobody understands who '${words}' is`);
  return { set: 'singleUser', of: nameIn(words) };
}

const setsIn = (words: string): readonly SubjectSet[] => (words === 'nobody named' ? [] : words.split(/, | or /).map(setIn));

function scopeIn(words: string): Pick<PolicyPlan, 'scope' | 'targets'> {
  const scope = scopes[words];
  if (scope !== undefined) return { scope, targets: [] };
  const organization = /^guests of '([^']+)'$/.exec(words);
  if (organization !== null) return { scope: 'specificConnectedOrganizationUsers', targets: [{ set: 'connectedOrganizationMembers', of: organization[1] ?? '' }] };
  const targets = setsIn(words);
  return { scope: targets.some(({ set }) => set === 'singleServicePrincipal') ? 'specificDirectoryServicePrincipals' : 'specificDirectoryUsers', targets };
}

const wishWords: Readonly<Record<string, Wish>> = { 'ask': 'Add', 'extend': 'Update', 'return': 'Remove' };
const everything: readonly Wish[] = ['Add', 'Update', 'Remove'];

const wishesIn = (words: string | undefined): readonly Wish[] => (words === undefined ? everything : words.split(', ').flatMap((word) => wishWords[word] ?? []));

const namedByProgram = 'whom the program names';

function stageIn(cells: ReadonlyMap<string, string>, name: string): StagePlan | undefined {
  const words = cells.get(name);
  if (words === undefined) return undefined;
  const [primary = '', fallback] = words.split('; otherwise ');
  const escalation = /^(.+?) after (\d+ \w+)$/.exec(cells.get(`${name} also`) ?? '');
  return {
    isDynamic: primary === namedByProgram, primary: primary === namedByProgram ? [] : setsIn(primary), fallback: fallback === undefined ? [] : setsIn(fallback), lasts: durationIn(cells.get(`${name} lasts`) ?? '14 days'), wantsReason: cells.get(`${name} wants a reason`) === 'yes',
    required: Number(cells.get(`${name} as many as`) ?? 1), escalation: escalation === null ? undefined : { to: setsIn(escalation[1] ?? ''), after: durationIn(escalation[2]) },
  };
}

const known = /^(for|a program looks at it for|question (follows|offers|may stay open|stays answered)|may ask|may|approved by|then by|lastly by|(approved by|then by|lastly by) (lasts|wants a reason|as many as|also)|approved when extended|wants a reason|own times|lasts|question)$/;

function questionIn(cells: ReadonlyMap<string, string>): QuestionPlan | undefined {
  const text = cells.get('question');
  if (text === undefined) return undefined;
  return {
    text, isRequired: cells.get('question may stay open') !== 'yes', isFixed: cells.get('question stays answered') === 'yes', pattern: cells.get('question follows'), choices: cells.get('question offers')?.split(' or ') ?? [],
  };
}

/** The policy that a table tells of. */
export function policyIn(name: string, packageName: string, rows: readonly (readonly string[])[]): PolicyPlan {
  const cells = new Map(rows.map(([key = '', value = '']) => [key, value]));
  for (const key of cells.keys()) if (!known.test(key)) throw new Error(`nobody understands the row '${key}'`);
  const askers = (cells.get('may ask') ?? 'nobody').split('; ');
  const others = askers.filter((one) => one !== 'themselves' && one !== 'nobody');
  const stages = ['approved by', 'then by', 'lastly by'].flatMap((one) => stageIn(cells, one) ?? []);
  const wishes = wishesIn(cells.get('may'));
  return {
    name, packageName, ...scopeIn(cells.get('for') ?? ''), stages, self: askers.includes('themselves') ? wishes : [], onBehalf: others.length > 0 ? wishes : [], requestors: others.flatMap(setsIn),
    approvalFor: stages.length === 0 ? [] : cells.get('approved when extended') === 'yes' ? ['Add', 'Update'] : ['Add'], wantsReason: cells.get('wants a reason') === 'yes', allowsOwnTimes: cells.get('own times') === 'yes',
    lasts: cells.get('lasts') === undefined ? undefined : durationIn(cells.get('lasts')), question: questionIn(cells), program: cells.get('a program looks at it for') === undefined ? undefined : durationIn(cells.get('a program looks at it for')),
  };
}
