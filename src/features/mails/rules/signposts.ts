/** What stands behind the links of mails until there is a portal (docs/decisions/0008-links-in-mail.md). Pure. */

const root = '{url}/v1.0/identityGovernance/entitlementManagement';

/** One page for each kind of item that a mail leads to; its segment is the kind in the plural. */
export const signposts = [
  {
    segment: 'requests', title: 'A request for access', says: 'There is no page for requests yet: see this one by Microsoft Graph, signed in as yourself.',
    calls: [['See it', `GET ${root}/assignmentRequests/{id}`], ['Cancel it while it waits', `POST ${root}/assignmentRequests/{id}/cancel`]],
  },
  {
    segment: 'approvals', title: 'A request that waits for a decision', says: 'There is no page for decisions yet: see what is asked and decide by Microsoft Graph, signed in as yourself. Opening this page has decided nothing.',
    calls: [
      ['See who asks for what', `GET ${root}/assignmentRequests/{id}`], ['See its stages', `GET ${root}/accessPackageAssignmentApprovals/{id}/stages`],
      ['Decide one', `PATCH ${root}/accessPackageAssignmentApprovals/{id}/stages/{stage id} with {"reviewResult": "Approve" or "Deny", "justification": "…"}`],
    ],
  },
  {
    segment: 'assignments', title: 'Access that somebody has', says: 'There is no page for access yet: see it by Microsoft Graph, signed in as yourself.',
    calls: [
      ['See it', `GET ${root}/assignments/{id}`], ['Ask for more time', `POST ${root}/assignmentRequests with {"requestType": "userUpdate", "assignment": {"id": "{id}"}, "schedule": {…}}`],
      ['Give it back', `POST ${root}/assignmentRequests with {"requestType": "userRemove", "assignment": {"id": "{id}"}}`],
    ],
  },
] as const;
