import { describe, expect, it } from 'vitest';
import { requestFromBody, requestToBeta } from './body.ts';

describe('bodies of requests', () => {
  it.each([
    [{ requestType: 'adminAdd', assignment: { targetId: 't', assignmentPolicyId: 'p', accessPackageId: 'k' } }, { requestType: 'adminAdd', targetId: 't', assignmentPolicyId: 'p', accessPackageId: 'k' }],
    [{ requestType: 'AdminAdd', accessPackageAssignment: { target: { email: 'a@b.c' }, assignmentPolicy: { id: 'p' }, accessPackage: { id: 'k' } } }, { requestType: 'AdminAdd', targetEmail: 'a@b.c', assignmentPolicyId: 'p', accessPackageId: 'k' }],
    [{ requestType: 'userAdd', accessPackageId: 'k' }, { requestType: 'userAdd', accessPackageId: 'k' }],
    [{ requestType: 'userAdd', accessPackage: { id: 'k' } }, { requestType: 'userAdd', accessPackageId: 'k' }],
    [{ requestType: 'adminRemove', assignment: { id: 'a', '@odata.type': '#microsoft.graph.accessPackageAssignment' } }, { requestType: 'adminRemove', assignmentId: 'a' }],
    [{ assignment: { target: { objectId: 't', email: null } } }, { targetId: 't' }],
    [{ assignment: { surprise: 1 } }, { 'assignment/surprise': 1 }],
    [{ requestType: 'userExtend' }, { requestType: 'userUpdate' }], [{ REQUESTTYPE: 'USEREXTEND' }, { REQUESTTYPE: 'userUpdate' }],
    [{ requestType: 'userExtended' }, { requestType: 'userExtended' }], [{ requestType: 'notuserExtend' }, { requestType: 'notuserExtend' }], [{ requestType: 7 }, { requestType: 7 }], [{ justification: 'userExtend' }, { justification: 'userExtend' }],
    [{ accessPackageAssignmentPolicy: { id: 'p' } }, { assignmentPolicyId: 'p' }], [{ assignmentPolicy: { id: 'p' }, accessPackage: { id: 'k' } }, { assignmentPolicyId: 'p', accessPackageId: 'k' }],
    [{ accessPackageId: 'k', accessPackage: { id: 'l' } }, { accessPackageId: 'k' }], [{ accessPackage: 'k' }, { accessPackage: 'k' }], [{ assignment: 'a' }, { assignment: 'a' }], [{ schedule: { id: 's' } }, { schedule: { id: 's' } }],
    [{ assignment: { accessPackageAssignmentPolicy: { id: 'p' } } }, { assignmentPolicyId: 'p' }], [{ assignment: { assignmentPolicyId: 'p', assignmentPolicy: { id: 'q' } } }, { assignmentPolicyId: 'p' }],
    [{ assignment: { target: 'T', policy: { id: 'p' } } }, { 'assignment/target': 'T', 'assignment/policy': { id: 'p' } }], [{ assignment: { target: { id: 't', objectId: 'o', displayName: 'T' } } }, { targetId: 't' }],
    [{ assignment: { catalogId: 'c', assignmentState: 's', assignmentStatus: 's', state: 's', status: 's', isExtended: false, schedule: {}, expiredDateTime: null, customExtensionCalloutInstances: [] } }, {}],
    [{ assignment: { mystate: 1, stateful: 1 } }, { 'assignment/mystate': 1, 'assignment/stateful': 1 }],
    [{ justification: undefined, parameters: undefined }, { parameters: undefined }],
  ])('%j', (body, flat) => {
    expect(requestFromBody(body)).toEqual(flat);
    expect(requestFromBody(flat)).toEqual(flat);
  });
});

describe('answers of a request', () => {
  const type = '#microsoft.graph.accessPackageAnswerString';
  it.each<[unknown, unknown]>([
    [{ '@odata.type': 'x', displayValue: 'North', value: 'n', answeredQuestion: { id: 'q', text: 'Where?' } }, { '@odata.type': type, value: 'n', answeredQuestion: { id: 'q' } }],
    [{ actualValue: 'n' }, { '@odata.type': type, value: 'n' }], [{ value: 'v', actualValue: 'n' }, { '@odata.type': type, value: 'v' }], [{ value: null, actualValue: 'n' }, { '@odata.type': type, value: 'n' }],
    [{ more: 1, answeredQuestion: 'q' }, { '@odata.type': type, more: 1 }], ['n', 'n'],
  ])('are values: %j', (answer, expected) => { expect(requestFromBody({ Answers: [answer] })).toEqual({ answers: [expected] }); });

  it('are looked for in lists alone', () => { expect([requestFromBody({ answers: 'n' }), requestFromBody({ others: ['n', {}] })]).toEqual([{ answers: 'n' }, { others: ['n', {}] }]); });

  it.each<[unknown, unknown]>([
    [{ value: 'n', answeredQuestion: { id: 'q', text: 'Where?' } }, { value: 'n', answeredQuestion: { id: 'q', text: { defaultText: 'Where?', localizedTexts: [] } } }],
    [{ value: 'n', answeredQuestion: { id: 'q', text: null } }, { value: 'n', answeredQuestion: { id: 'q' } }], [{ value: 'n', answeredQuestion: null }, { value: 'n', answeredQuestion: null }], ['n', 'n'],
  ])('name their question in beta: %j', (answer, expected) => {
    expect(requestToBeta({ id: 'r', answers: [answer] })).toEqual({ id: 'r', answers: [expected] });
  });

  it('may be missing in beta', () => { expect(requestToBeta({ id: 'r' })).toEqual({ id: 'r' }); });
});
