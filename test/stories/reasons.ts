/** Why something is refused or goes wrong, in an auditor's words, with the code that the service gives. */
export const reasonWords: Readonly<Record<string, string>> = {
  'no policy lets them ask': 'packageNotRequestable',
  'it is held already': 'alreadyAssigned',
  'it has been asked for already': 'alreadyRequested',
  'nobody could decide': 'noApprover',
  'too few could decide': 'tooFewApprovers',
  'nobody says why': 'justificationRequired',
  'the question is not answered': 'answerRequired',
  'the answer does not follow the pattern': 'answerPattern',
  'that is not among the answers offered': 'answerNotOffered',
  'the answer was given for good': 'answerNotEditable',
  'the policy sets the times': 'customScheduleNotAllowed',
  'that is longer than the policy gives': 'endBeyondPolicy',
  'the end comes before the start': 'endNotAfterStart',
  'the start has passed': 'startInPast',
  'access that has begun cannot begin later': 'startCannotMove',
  'whoever would receive is disabled': 'targetDisabled',
  'another package excludes it': 'incompatibleAccessPackage',
  'a group excludes it': 'incompatibleGroup',
  'no policy is for whoever would receive': 'targetNotInScope',
  'the policy does not let them': 'notAllowedToAsk',
  'users hold no API permissions': 'usersCannotHoldApiPermissions',
  'agents stay out of groups for roles': 'agentInRoleAssignableGroup',
  'nobody decides what they asked for': 'ownRequest',
  'nobody decides about their own access': 'ownAccess',
  'nobody decides what their agent asked for others': 'ownRequestByAgent',
  'only people decide': 'onlyPeopleDecide',
  'they are no approver': 'notAnApprover',
  'nobody stands in for themselves': 'ownDelegate',
  'whoever would stand in is disabled': 'delegateDisabled',
  'it is none of their business': 'Request_ResourceNotFound',
  'it is too late': 'Conflict',
  'an approver has to say why': 'Request_BadRequest',
  'they have no such right': 'Authorization_RequestDenied',
  'nobody decided in time': 'stageTimedOut',
  'nobody is left who could decide': 'noApproverLeft',
  'the access would have ended already': 'endedBeforeDelivery',
  'what it gives is gone': 'resourceGone',
  'the program denied it': 'deniedByExtension',
  'the program did not answer in time': 'callbackTimedOut',
  'nobody was named in time': 'approversNotNamed',
  'their organization is only proposed': 'organizationNotConfigured',
  'no policy is for people from outside': 'noPolicyForOutsiders',
};

/** The codes of reasons that are put one after the other, sorted. */
export function codesIn(words: string): readonly string[] {
  return words.split(', and because ').map((one) => {
    const code = reasonWords[one];
    if (code === undefined) throw new Error(`'${one}' is no reason that is known; use one of: ${Object.keys(reasonWords).join('; ')}`);
    return code;
  }).toSorted();
}
