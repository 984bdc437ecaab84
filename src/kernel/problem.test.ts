import { describe, expect, it } from 'vitest';
import { Problem, problemTable, refuse } from './problem.ts';

const reasons = [{ code: 'a', message: 'A.' }, { code: 'b', message: 'B.', target: 'duration' }];

describe('a problem', () => {
  it('has the code and status of its row, and its sentence filled in', () => {
    const problem = new Problem('danglingReference', { field: 'catalog', value: 'c' }, reasons);
    expect(problem).toBeInstanceOf(Error);
    expect(problem).toMatchObject({
      name: 'Problem', problem: 'danglingReference', code: 'Request_BadRequest', status: 400, target: 'catalog', reasons, message: "'catalog' refers to 'c', which does not exist or is not visible to you.",
    });
  });

  it('is about nothing, and has no reasons, unless that is said', () => {
    expect(new Problem('headersTooLarge')).toMatchObject({ target: undefined, retryAfterSeconds: undefined, reasons: [], message: problemTable.headersTooLarge.sentence });
    expect(new Problem('invalidValue', { field: 7, reason: 'no' }).target).toBe('7');
  });

  it('leaves out what its slots do not say, and does not end in spaces', () => {
    expect(new Problem('missingProperty', { field: 'id' }).message).toBe("The property 'id' is required.");
    expect(new Problem('forbidden', { reason: '' }).message).toBe('Insufficient privileges to complete the operation.');
    expect(new Problem('ruleBroken', { reason: ' Not so. ' }).message).toBe('Not so.');
  });

  it('repeats what was sent, but not at any length', () => {
    const told = (length: number): string => new Problem('danglingReference', { field: 'x'.repeat(length), value: 'y'.repeat(length) }).message;
    expect(told(300)).toBe(`'${'x'.repeat(300)}' refers to '${'y'.repeat(300)}', which does not exist or is not visible to you.`);
    expect(told(301)).toBe(`'${'x'.repeat(300)}…' refers to '${'y'.repeat(300)}…', which does not exist or is not visible to you.`);
    expect(new Problem('forbidden', { reason: 'r'.repeat(301) }).message).toContain('r'.repeat(301));
  });

  it('says when to try again, where that is a number', () => {
    expect(new Problem('tooManyRequests', { of: 'yours', seconds: 9 })).toMatchObject({ retryAfterSeconds: 9, message: 'There are too many requests of yours. Try again in 9 seconds.' });
    expect(new Problem('busy', { seconds: 'some' }).retryAfterSeconds).toBeUndefined();
  });

  it('stands with its reasons at a place in a larger body, and says the rest as before', () => {
    const within = new Problem('danglingReference', { field: 'catalog', value: 'c' }, reasons).within('requests/0');
    expect(within).toMatchObject({ problem: 'danglingReference', target: 'requests/0/catalog', message: "'requests/0/catalog' refers to 'c', which does not exist or is not visible to you." });
    expect(within.reasons).toEqual([{ code: 'a', message: 'A.', target: 'requests/0' }, { code: 'b', message: 'B.', target: 'requests/0/duration' }]);
    expect(new Problem('busy', { seconds: 3 }).within('x')).toMatchObject({ target: 'x', retryAfterSeconds: 3 });
  });

  it('ends the work at hand', () => {
    expect(() => refuse('notFound', { value: 'x' }, reasons)).toThrow(new Problem('notFound', { value: 'x' }, reasons));
    expect(() => refuse('internal')).toThrow(Problem);
  });
});

describe('the table of problems', () => {
  it('is what clients may rely on: codes and statuses are Graph’s and do not change', () => {
    expect(Object.fromEntries(Object.entries(problemTable).map(([name, { code, status }]) => [name, `${status} ${code}`]))).toMatchInlineSnapshot(`
      {
        "alreadyExists": "409 Request_MultipleObjectsWithSameKeyValue",
        "bodyTooDeep": "400 BadRequest",
        "bodyTooLarge": "413 RequestEntityTooLarge",
        "busy": "503 ServiceUnavailable",
        "conflict": "409 Conflict",
        "danglingReference": "400 Request_BadRequest",
        "dependencyFailed": "424 FailedDependency",
        "forbidden": "403 Authorization_RequestDenied",
        "headersTooLarge": "431 BadRequest",
        "internal": "500 InternalServerError",
        "invalidFilter": "400 InvalidFilter",
        "invalidId": "400 BadRequest",
        "invalidModel": "400 InvalidModel",
        "invalidQuery": "400 BadRequest",
        "invalidValue": "400 Request_BadRequest",
        "keyReused": "422 UnprocessableEntity",
        "malformedForm": "400 BadRequest",
        "malformedJson": "400 BadRequest",
        "malformedRequest": "400 BadRequest",
        "methodNotAllowed": "405 Request_MethodNotAllowed",
        "missingProperty": "400 Request_BadRequest",
        "notFound": "404 Request_ResourceNotFound",
        "notRequestable": "403 RequestRefused",
        "requestRefused": "400 RequestRefused",
        "ruleBroken": "400 Request_BadRequest",
        "syncStateGone": "410 syncStateNotFound",
        "tooManyRequests": "429 TooManyRequests",
        "unauthenticated": "401 InvalidAuthenticationToken",
        "unknownProperty": "400 Request_BadRequest",
        "unknownSegment": "404 Request_ResourceNotFound",
        "unsupportedMediaType": "415 UnsupportedMediaType",
      }
    `);
  });
  it.each(Object.entries(problemTable))('says %s in whole sentences', (_, { sentence }) => {
    expect(sentence).toMatch(/^['A-Z{].*(\.|\{reason\}|\{mend\})$|^\{reason\}$/);
    expect(sentence.replace(/\{\w+\}/g, '')).not.toMatch(/[{}]/);
  });
});
