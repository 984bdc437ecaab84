/** What a query may say beyond the plain options: aliases, counts, levels, formats, keys in every form, words of one version, functions. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordAt, recordsAt } from '../../../src/kernel/json.ts';
import { newId } from '../../../src/platform/ids.ts';
import { testDatabase } from '../../support/database.ts';
import { addBox, addManager, addMember, addPerson, addShelf, addTeam, callerWith, clientOf, followed } from './fixture.ts';

const database = await testDatabase();
const { db } = database;
const client = clientOf(db);
const { ask, list, names } = client;
const beta = { version: 'beta' } as const;
const some = { caller: callerWith('Some') };
const ids: Record<'alpha' | 'beta' | 'one' | 'two' | 'top' | 'middle' | 'low' | 'crew', string> = { alpha: '', beta: '', one: '', two: '', top: '', middle: '', low: '', crew: '' };

beforeAll(async () => {
  ids.alpha = await addShelf(db, 'Alpha', { unique_name: 'a code', modified_by: 'rev', description: "o'neil" });
  ids.beta = await addShelf(db, 'Beta');
  ids.one = await addBox(db, ids.alpha, { display_name: 'One', unique_name: 'box-1' });
  ids.two = await addBox(db, ids.alpha, { display_name: 'hidden Two', is_hidden: true });
  await addBox(db, ids.alpha, { display_name: 'Three' });
  [ids.top, ids.middle, ids.low] = [await addPerson(db, 'Top'), await addPerson(db, 'Middle', { data: JSON.stringify({ phones: ['1', '2'], color: { name: 'red', shades: ['dark', 'light'] } }) }), await addPerson(db, 'Low')];
  await addManager(db, ids.middle, ids.top);
  await addManager(db, ids.low, ids.middle);
  ids.crew = await addTeam(db, 'Crew');
  await addMember(db, ids.crew, ids.low);
});

describe('aliases', () => {
  it.each<[string, readonly string[]]>([
    ["$filter=displayName eq @n&@n='alpha'", ['Alpha']], ["@n='alpha'&$filter=displayName eq @n or displayName eq @N&@N='beta'", ['Alpha', 'Beta']], ["$filter=@p eq 'beta'&@p=displayName", ['Beta']],
    ["$filter=contains(displayName,@part)&@part='lph'", ['Alpha']], ["$filter=description eq @d&@d='o''neil'", ['Alpha']], ['$filter=description eq @d&@d=null', ['Beta']], ["$filter=boxes/any(b:b/displayName eq @n)&@n='one'", ['Alpha']],
    ['$orderby=@o desc&@o=displayName', ['Beta', 'Alpha']], ['$filter=isOpen eq @f&@f=false&$orderby=displayName', ['Alpha', 'Beta']], ["$orderby=displayName&@unused='x", ['Alpha', 'Beta']],
  ])('%s', async (query, wanted) => {
    expect((await names(`/store/shelves?${query}`)).toSorted()).toEqual(wanted.toSorted());
  });

  it('stand for the same on every page, and inside expansions', async () => {
    const { body } = await ask("/store/shelves?$filter=displayName ne @n&@n='zeta'&$orderby=@o&@o=displayName&$top=1");
    expect(await names(followed(body?.['@odata.nextLink']))).toEqual(['Beta']);
    const [shelf] = await list("/store/shelves?$filter=displayName eq 'alpha'&$expand=boxes($filter=displayName eq @n)&@n='one'");
    expect(recordsAt(shelf ?? {}, 'boxes').map((box) => box['displayName'])).toEqual(['One']);
  });

  it.each(["$filter=displayName eq @n&@m='x'", "$filter=displayName eq @n&@n=displayName eq 'x'", "$filter=displayName eq @n&@n=@m&@m='x'", "$filter=displayName eq @n&@n='x", "$orderby=@o&@o='x'", '$filter=@n'])('refuse %s', async (query) => {
    expect((await ask(`/store/shelves?${query}`)).status).toBe(400);
    expect(client.bugs).toEqual([]);
  });
});

describe('counts in expansions', () => {
  it('stand beside the members, all of them counted, and instead of them', async () => {
    const path = `/store/shelves/${ids.alpha}`;
    expect((await ask(`${path}?$expand=boxes($count=true;$top=1;$select=id)`)).body).toMatchObject({ 'boxes@odata.count': 3, boxes: [{ id: expect.any(String) }], 'boxes@odata.nextLink': expect.any(String) });
    expect((await ask(`${path}?$expand=boxes($count=true;$filter=isHidden eq true)`)).body).toMatchObject({ 'boxes@odata.count': 1 });
    const { body = {} } = await ask(`${path}?$select=id&$expand=boxes/$count`);
    expect(body).toEqual({ '@odata.context': expect.any(String), id: ids.alpha, 'boxes@odata.count': 3 });
    expect((await ask(`${path}?$expand=boxes/$count($filter=isHidden eq true)`)).body).toMatchObject({ 'boxes@odata.count': 1 });
    expect((await ask(`/store/betaShelves/${ids.alpha}?$expand=shelfBoxes/$count`, beta)).body).toMatchObject({ 'shelfBoxes@odata.count': 3 });
    const nested = await ask(`/store/boxes/${ids.one}?$expand=shelf($expand=boxes($count=true))`);
    expect(recordAt(nested.body ?? {}, 'shelf')['boxes@odata.count']).toBe(3);
  });

  it('tell of what the caller may see, and are not offered for one', async () => {
    expect((await ask(`/store/shelves/${ids.alpha}?$expand=boxes($count=true)`, some)).body).toMatchObject({ 'boxes@odata.count': 2 });
    expect((await ask(`/store/boxes/${ids.one}?$expand=shelf/$count`)).status).toBe(400);
  });
});

describe('$levels', () => {
  const chain = (entity: unknown): readonly unknown[] => {
    const found = [];
    for (let row = entity; typeof row === 'object' && row !== null && 'displayName' in row; row = 'manager' in row ? row.manager : undefined) found.push(row.displayName);
    return found;
  };

  it('go up to one, where what is reached is of a wider type too', async () => {
    for (const [levels, wanted] of [['1', ['Low', 'Middle']], ['2', ['Low', 'Middle', 'Top']], ['max', ['Low', 'Middle', 'Top']]] as const) {
      const { body } = await ask(`/people/${ids.low}?$select=displayName&$expand=manager($levels=${levels};$select=displayName)`);
      expect([levels, chain(body)]).toEqual([levels, wanted]);
    }
  });

  it('go down to many, as deep as one answer may', async () => {
    const { body = {} } = await ask(`/people/${ids.top}?$expand=reports($levels=2;$top=5)`);
    const [middle] = recordsAt(body, 'reports');
    expect(recordsAt(middle ?? {}, 'reports').map((row) => row['displayName'])).toEqual(['Low']);
    expect((await ask('/people?$expand=reports($levels=max)')).status).toBe(200);
    expect((await ask('/people?$expand=reports($levels=6)')).status).toBe(400);
    for (const wrong of ['0', '7', '-1', 'x']) expect((await ask(`/people?$expand=reports($levels=${wrong})`)).status).toBe(400);
    // Nothing leads on from what is not the same relation.
    expect((await ask(`/store/shelves/${ids.alpha}?$expand=boxes($levels=3)`)).status).toBe(200);
  });
});

it('$format takes JSON with any metadata, and nothing else', async () => {
  for (const format of ['json', 'JSON', 'application/json', 'application/json;odata.metadata=full', 'application/json;odata.metadata=none;IEEE754Compatible=true', 'application%2Fjson%3Bodata.metadata%3Dminimal']) expect([format, (await ask(`/store/shelves?$format=${format}`)).status]).toEqual([format, 200]);
  for (const format of ['xml', 'atom', 'application/xml', 'text/json', '']) expect([format, (await ask(`/store/shelves?$format=${format}`)).status]).toEqual([format, 400]);
});

describe('keys', () => {
  it.each<[string, string]>([
    ["/store/shelves('{alpha}')", 'Alpha'], ["/store/shelves(id='{alpha}')", 'Alpha'], ["/store/shelves(ID={alpha})", 'Alpha'], ["/store/shelves(code='a code')", 'Alpha'], ["/store/shelves(code='a%20code')/boxes('{one}')", 'One'],
    ["/store/shelves/{alpha}/boxes(uniqueName='box-1')", 'One'], ["/store/shelves(code='a code')/boxes(uniqueName='BOX-1')", 'One'], ["/store/boxes(uniqueName='box-1')/shelf", 'Alpha'], ["/store/boxes(uniqueName=@k)/shelf?@k='box-1'", 'Alpha'],
    ["/things/microsoft.graph.person(userPrincipalName='low@example.com')/manager", 'Middle'], ['/things/{low}/MICROSOFT.GRAPH.PERSON/manager/Graph.Person/manager', 'Top'], ["/teams/{crew}/members/microsoft.graph.person('{low}')/manager", 'Middle'],
    ['/teams/{crew}/members/{low}/microsoft.graph.PERSON', 'Low'], ['/teams/{crew}/members/Microsoft.Graph.Person/{low}', 'Low'],
  ])('%s', async (path, wanted) => {
    const [asked, query = ''] = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => Object.entries(ids).find(([key]) => key === name)?.[1] ?? '').split('?');
    expect([path, (await ask(`${asked ?? ''}?${query}`)).body?.['displayName']]).toEqual([path, wanted]);
  });

  it('name what the path leads through, not just what is there', async () => {
    expect((await ask(`/store/shelves/${ids.beta}/boxes(uniqueName='box-1')`)).status).toBe(404);
    expect((await ask(`/store/shelves/${ids.beta}/boxes(displayName='One')`)).status).toBe(400);
  });

  it('are followed by counts, behind casts and functions too', async () => {
    for (const [path, wanted] of [
      [`/teams/${ids.crew}/members/microsoft.graph.person/$count`, '1'], ['/things/graph.person/$count', '3'], [`/store/shelves(code='a code')/boxes/$count?$filter=isHidden eq false`, '2'],
      ["/store/shelves/named(part='lph')/$count", '1'], [`/store/shelves/${ids.alpha}/boxesNamed(part='o')/$count`, '2'], ['/things/$Count', '4'],
    ] as const) expect([path, (await ask(path)).text]).toEqual([path, wanted]);
  });
});

describe('words of one version', () => {
  it.each(["$filter=reviser eq 'rev'", '$orderby=reviser', '$select=reviser', '$filter=openBoxes/any()', '$filter=openBoxes/$count eq 1', '$expand=openBoxes', "$filter=boxes/any(b:b/shelf/reviser eq 'x')"])('%s is known to beta only', async (query) => {
    expect([query, (await ask(`/store/betaShelves?${query}`, beta)).status]).toEqual([query, 200]);
    expect([query, (await ask(`/store/shelves?${query}`)).status]).toEqual([query, 400]);
  });

  it('are segments of its paths only', async () => {
    for (const path of ['reviser', 'openBoxes', 'openBoxes/$count', 'newOnes']) {
      expect([path, (await ask(`/store/shelves/${ids.alpha}/${path}`, beta)).status]).toEqual([path, 200]);
      expect([path, (await ask(`/store/shelves/${ids.alpha}/${path}`)).status]).toEqual([path, 404]);
    }
    expect(Object.keys((await ask(`/store/shelves/${ids.alpha}?$expand=*`)).body ?? {})).not.toContain('openBoxes');
    expect(Object.keys((await ask(`/store/shelves/${ids.alpha}?$expand=*`, beta)).body ?? {})).toContain('openBoxes');
  });
});

describe('collections in filters', () => {
  it.each<[string, string, readonly string[]]>([
    ['/store/boxes', "shelf/boxes/any(b:b/displayName eq 'three')", ['One', 'Three', 'hidden Two']], ['/store/boxes', 'shelf/boxes/$count gt 2', ['One', 'Three', 'hidden Two']], ['/store/boxes', 'shelf/boxes/all(b:b/isHidden)', []],
    ['/people', "manager/microsoft.graph.person/phones/any(p:p eq '2')", ['Low']], ['/people', 'manager/microsoft.graph.person/phones/$count eq 2', ['Low']], ['/people', "color/shades/any(s:s eq 'dark')", ['Middle']], ['/people', 'color/shades/$count eq 2', ['Middle']],
    ['/people', "reports/any(r:r/color/shades/any(s:s eq 'light'))", ['Top']], ['/people', 'not manager/microsoft.graph.person/phones/any()', ['Middle', 'Top']], ['/people', 'reports/$count eq 0 and teams/$count eq 1', ['Low']],
    ['/things', "microsoft.graph.person/color/shades/any(s:s eq 'dark')", ['Middle']], ['/things', 'microsoft.graph.team/members/$count eq 1', ['Crew']], ['/things', 'microsoft.graph.team/members/any()', ['Crew']],
  ])('%s?$filter=%s', async (set, filter, wanted) => {
    expect((await names(`${set}?$filter=${encodeURIComponent(filter)}`)).toSorted()).toEqual(wanted.toSorted());
  });

  it.each(['shelf/any()', 'shelf/displayName/any()', 'shelf/none/any()', 'shelf/boxes/slots/any()', 'displayName/$count eq 1', 'shelf/boxes/any(b:shelf/x/any())'])('refuse %s', async (filter) => {
    expect((await ask(`/store/boxes?$filter=${encodeURIComponent(filter)}`)).body).toMatchObject({ error: { code: 'InvalidFilter' } });
  });

  it('tell nothing of what the caller may not see', async () => {
    const asked = async (filter: string): Promise<unknown> => names(`/store/boxes?$orderby=displayName&$filter=${encodeURIComponent(filter)}`, some);
    expect(await asked("shelf/boxes/any(b:b/displayName eq 'hidden two')")).toEqual([]);
    expect(await asked('shelf/boxes/$count eq 2')).toEqual(['One', 'Three']);
  });
});

describe('functions bound to one entity', () => {
  it('answer a filtered collection with all query options', async () => {
    const path = `/store/shelves/${ids.alpha}/boxesNamed(part='o')`;
    expect(await names(`${path}?$orderby=displayName`)).toEqual(['hidden Two', 'One']);
    expect(await names(`${path}?$filter=isHidden eq true&$select=displayName`)).toEqual(['hidden Two']);
    const { body } = await ask(`${path}?$top=1&$orderby=displayName&$count=true`);
    expect(body).toMatchObject({ '@odata.count': 2, value: [{ displayName: 'hidden Two' }] });
    expect(await names(followed(body?.['@odata.nextLink']))).toEqual(['One']);
    expect(await names(`/store/shelves/${ids.beta}/boxesNamed(part='o')`)).toEqual([]);
    expect(await names(`/store/shelves(code='a code')/microsoft.graph.boxesNamed(part=@p)?@p='thr'`)).toEqual(['Three']);
    expect((await list(`${path}?$expand=shelf($select=id)`))[0]).toMatchObject({ shelf: { id: ids.alpha } });
  });

  it('are not there behind what is not, or is not the caller\'s', async () => {
    expect((await ask(`/store/shelves/${newId()}/boxesNamed(part='o')`)).status).toBe(404);
    expect((await ask(`/store/shelves/${newId()}/boxesNamed(part='o')/$count`)).status).toBe(404);
    const dark = await addShelf(db, 'hidden shelf');
    await addBox(db, dark, { display_name: 'one' });
    expect((await ask(`/store/shelves/${dark}/boxesNamed(part='o')`, some)).status).toBe(404);
    await sql`delete from access_packages where catalog_id = ${dark}`.execute(db);
    await sql`delete from catalogs where id = ${dark}`.execute(db);
    expect((await ask(`/store/shelves/boxesNamed(part='o')`)).status).toBeGreaterThanOrEqual(400);
    expect((await ask(`/store/shelves/${ids.alpha}/boxesNamed()`)).status).toBe(400);
    expect((await ask(`/store/shelves/${ids.alpha}/boxesNamed(part='o')`, { method: 'POST', body: {} })).status).toBe(405);
  });
});

describe('functions that a command answers', () => {
  it('answer values, one value, an entity and entities', async () => {
    const at = `/store/shelves/${ids.alpha}`;
    expect((await ask(`${at}/sizes(least=3)`)).body).toMatchObject({ value: [3, 36, 0] });
    expect((await ask('/store/shelves/sizes(least=2)')).body).toMatchObject({ value: [2, 0, 0] });
    expect((await ask(`${at}/summary()`)).body).toMatchObject({ about: ids.alpha, behind: [] });
    expect((await ask(`${at}/summary`)).body).toMatchObject({ about: ids.alpha });
    expect((await ask(`/store/boxes/${ids.one}/shelf/microsoft.graph.summary()`)).body).toMatchObject({ about: ids.alpha, behind: [ids.one] });
    expect((await ask(`/store/shelves(code='a code')/twin`)).body).toMatchObject({ id: ids.alpha, displayName: 'Alpha' });
    expect((await ask(`${at}/twin?$select=displayName&$expand=boxes($top=1;$select=id)`)).body).toEqual({ '@odata.context': expect.any(String), id: ids.alpha, displayName: 'Alpha', boxes: [{ id: expect.any(String) }], 'boxes@odata.nextLink': expect.any(String) });
    expect(recordsAt((await ask(`${at}/boxesBackwards`)).body ?? {}, 'value').map((row) => row['displayName'])).toEqual(['hidden Two', 'Three', 'One']);
  });

  it('are refused what they do not take', async () => {
    const at = `/store/shelves/${ids.alpha}`;
    for (const path of [`${at}/sizes()`, `${at}/sizes(least='x')`, `${at}/sizes(least=1,other=2)`, `${at}/sizes(least=@none)`]) expect([path, (await ask(path)).status]).toEqual([path, 400]);
    expect((await ask(`${at}/summary`, { method: 'POST', body: {} })).status).toBe(405);
    expect((await ask(`${at}/summary/x`)).status).toBe(404);
    expect((await ask(`/store/shelves/${newId()}/summary`)).status).toBe(404);
    expect((await ask(`${at}/refusing`)).status).toBe(404);
    expect(await ask(`${at}/refusing`, beta)).toMatchObject({ status: 400, body: { error: { message: 'No.' } } });
    expect((await ask(`${at}/summary`, { caller: callerWith('None') })).status).toBe(403);
    expect(client.bugs).toEqual([]);
  });
});
