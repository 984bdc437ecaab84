import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { globalAdmin, personCaller, withRole } from '../../../test/support/entitlement.ts';
import { GraphDoor } from '../../../test/support/graph-door.ts';
import { administrator, person, workload } from '../../../test/support/lifecycle.ts';
import { all } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { directoryRole, entitlementRole } from '../roles/model.ts';

const { db } = await testDatabase();
const graph = new GraphDoor(db);
const path = '/identityGovernance/entitlementManagement/controlConfigurations';
const admin = globalAdmin(newId());

describe('control configurations', () => {
  it('are one of each kind, of which v1.0 knows one, and each says its type', async () => {
    expect(await graph.values(path, '@odata.type', { caller: admin })).toEqual(['#microsoft.graph.endUserSettings']);
    expect(await graph.values(path, 'id', { caller: admin, version: 'beta' })).toEqual(['endUserSettings', 'entraIdProtectionRiskyUserApproval', 'insiderRiskyUserApproval']);
    expect((await graph.send('GET', `${path}/insiderRiskyUserApproval`, { caller: admin })).status).toBe(404);
  });

  it('are replaced as a whole: what a PUT leaves out is as it was at first', async () => {
    const put = async (body: object) => await graph.send('PUT', `${path}/endUserSettings`, { caller: admin, body });
    const set = await put({ '@odata.type': '#microsoft.graph.endUserSettings', relatedPeopleInsightLevel: 'countAndNames', showApproverDetailsToMembers: false });
    expect(set).toMatchObject({ status: 200, body: { '@odata.type': '#microsoft.graph.endUserSettings', id: 'endUserSettings', isEnabled: true, relatedPeopleInsightLevel: 'countAndNames', showApproverDetailsToMembers: false, modifiedBy: admin.displayName } });
    expect(await put({ isEnabled: false })).toMatchObject({ body: { isEnabled: false, relatedPeopleInsightLevel: 'count', showApproverDetailsToMembers: true } });
    expect(await put({ relatedPeopleInsightLevel: 'everything' })).toMatchObject({ status: 400, body: { error: { target: 'relatedPeopleInsightLevel' } } });
    expect((await graph.send('PATCH', `${path}/endUserSettings`, { caller: admin, body: {} })).status).toBe(405);
    expect((await graph.send('PUT', `${path}/somethingElse`, { caller: admin, body: {} })).status).toBe(404);
    const told = await all(db, sql<{ targets: unknown }>`select targets from audit_events where activity = 'Update control configuration' order by at`);
    expect(told).toHaveLength(2);
    expect(JSON.stringify(told[0])).toContain('countAndNames');
  });

  it('promise nothing that nobody could keep: without a source of risk no risky person is asked more of', async () => {
    const put = async (body: object) => await graph.send('PUT', `${path}/entraIdProtectionRiskyUserApproval`, { caller: admin, body, version: 'beta' });
    const refused = await put({ '@odata.type': '#microsoft.graph.entraIdProtectionRiskyUserApproval', isEnabled: true, isApprovalRequired: true, minimumRiskLevel: 'high' });
    expect(refused).toMatchObject({ status: 400, body: { error: { target: 'isEnabled', details: [{ target: 'isEnabled' }, { target: 'isApprovalRequired' }] } } });
    expect(await put({ minimumRiskLevel: 'high' })).toMatchObject({ status: 200, body: { isEnabled: false, isApprovalRequired: false, minimumRiskLevel: 'high' } });
    await expect(sql`update control_configurations set is_enabled = true where type = 'insiderRiskyUserApproval'`.execute(db)).rejects.toThrow('risk_needs_a_source');
  });

  it.each([
    ['a person without a role', personCaller(newId()), 403], ['an end user', person(newId()), 403], ['an agent', workload(newId(), 'agentIdentity'), 403],
    ['the owner of one catalog', withRole(newId(), entitlementRole.catalogOwner, newId()), 403], ['a reader', personCaller(newId(), { directoryRoles: new Set([directoryRole.globalReader]) }), 403],
    ['an administering application', administrator(newId()), 200],
  ] as const)('are changed by administrators only: %s', async (_, caller, status) => {
    expect((await graph.send('PUT', `${path}/endUserSettings`, { caller, body: {} })).status).toBe(status);
  });
});
