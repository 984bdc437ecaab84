import { describe, expect, it } from 'vitest';
import { requestFromBody } from './body.ts';

describe('bodies of requests', () => {
  it.each([
    [{ requestType: 'adminAdd', assignment: { targetId: 't', assignmentPolicyId: 'p', accessPackageId: 'k' } }, { requestType: 'adminAdd', targetId: 't', assignmentPolicyId: 'p', accessPackageId: 'k' }],
    [{ requestType: 'AdminAdd', accessPackageAssignment: { target: { email: 'a@b.c' }, assignmentPolicy: { id: 'p' }, accessPackage: { id: 'k' } } }, { requestType: 'AdminAdd', targetEmail: 'a@b.c', assignmentPolicyId: 'p', accessPackageId: 'k' }],
    [{ requestType: 'userAdd', accessPackageId: 'k' }, { requestType: 'userAdd', accessPackageId: 'k' }],
    [{ requestType: 'userAdd', accessPackage: { id: 'k' } }, { requestType: 'userAdd', accessPackageId: 'k' }],
    [{ requestType: 'adminRemove', assignment: { id: 'a', '@odata.type': '#microsoft.graph.accessPackageAssignment' } }, { requestType: 'adminRemove', assignmentId: 'a' }],
    [{ assignment: { target: { objectId: 't', email: null } } }, { targetId: 't' }],
    [{ assignment: { surprise: 1 } }, { 'assignment/surprise': 1 }],
  ])('%j', (body, flat) => {
    expect(requestFromBody(body)).toEqual(flat);
    expect(requestFromBody(flat)).toEqual(flat);
  });
});
