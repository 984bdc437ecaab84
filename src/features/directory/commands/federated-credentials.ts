/** Federated identity credentials of applications and blueprints. */
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { requiredText, textOf, textsOf } from '../model/given.ts';
import { isApplicationType, type Workload } from '../model/workload.ts';
import { decideFederatedCredential } from '../rules/federated-credentials.ts';
import {
  countFederatedCredentials, insertFederatedCredential, lockFederatedCredential, removeFederatedCredential, updateFederatedCredential, type FederatedCredential,
} from '../store/federated-credentials.ts';
import { settled, writing } from './settle.ts';
import { auditWorkload, changeableWorkload } from './workload-access.ts';

const takenFields = {
  federated_identity_credentials_application_id_name_key: 'name', federated_identity_credentials_application_id_issuer_subject_key: 'subject',
} as const;

/** Adds one to the application in the path. */
export const createFederatedCredential: Command = async (work, input) => {
  const application = await ownerInPath(work, input);
  const { body } = input;
  const claim = { name: requiredText(body, 'name'), issuer: requiredText(body, 'issuer'), subject: requiredText(body, 'subject'), audiences: textsOf(body, 'audiences') ?? [] };
  settled(decideFederatedCredential(claim, await countFederatedCredentials(work.tx, application.id)));
  const credential = { ...claim, id: newId(), applicationId: application.id, description: textOf(body, 'description') ?? null };
  await writing(insertFederatedCredential(work.tx, credential), takenFields);
  await auditWorkload(work, { activity: 'Add federated identity credential', operation: 'Update', workload: application, category: 'KeyManagement', after: { federatedIdentityCredential: credential } });
  return { answer: 'created', id: credential.id };
};

async function ownerInPath(work: GraphWork, input: Input): Promise<Workload> {
  const parent = input.ancestors.at(-1);
  const application = parent === undefined ? undefined : await changeableWorkload(work, parent.id, 'credentials');
  if (application === undefined || !isApplicationType(application.type)) return refuse('ruleBroken', { reason: 'Federated identity credentials belong to applications and blueprints. Add it to one of them.' });
  return application;
}

/** Changes everything but the name. */
export const changeFederatedCredential: Command = async (work, input) => {
  const { application, credential } = await credentialInReach(work, input.id);
  const { body } = input;
  if ((textOf(body, 'name') ?? credential.name) !== credential.name) refuse('ruleBroken', { field: 'name', reason: 'The name of a federated identity credential cannot be changed. Make a new one.' });
  const after = {
    ...credential, issuer: textOf(body, 'issuer') ?? credential.issuer, subject: textOf(body, 'subject') ?? credential.subject,
    audiences: textsOf(body, 'audiences') ?? credential.audiences, description: 'description' in body ? textOf(body, 'description') ?? null : credential.description,
  };
  settled(decideFederatedCredential(after, 0));
  await writing(updateFederatedCredential(work.tx, after), takenFields);
  await auditWorkload(work, {
    activity: 'Update federated identity credential', operation: 'Update', workload: application, category: 'KeyManagement',
    before: { federatedIdentityCredential: credential }, after: { federatedIdentityCredential: after },
  });
  return { answer: 'done' };
};

/** Removes one. */
export const deleteFederatedCredential: Command = async (work, input) => {
  const { application, credential } = await credentialInReach(work, input.id);
  await removeFederatedCredential(work.tx, credential.id);
  await auditWorkload(work, { activity: 'Remove federated identity credential', operation: 'Update', workload: application, category: 'KeyManagement', before: { federatedIdentityCredential: credential } });
  return { answer: 'done' };
};

async function credentialInReach(work: GraphWork, id: string): Promise<{ readonly application: Workload; readonly credential: FederatedCredential }> {
  const credential = await lockFederatedCredential(work.tx, id);
  if (credential === undefined) return refuse('notFound', { value: id });
  return { credential, application: await changeableWorkload(work, credential.applicationId, 'credentials') };
}
