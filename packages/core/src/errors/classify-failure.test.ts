import { describe, expect, it } from 'vitest';
import { backoffDelayMs, parseRetryAfter } from './backoff.ts';
import { errorCatalogue, errorRule } from './catalogue.ts';
import { classifyFailure } from './classify-failure.ts';
import { redactMessage } from './redact.ts';

const wrapped = (message: string, codeDesc = 'NCERRBadRequest: Bad HTTP request') =>
  JSON.stringify({ code: 15, codeDesc, message });
const arn = 'arn:aws:kms:us-east-1:111122223333:key/mrk-1';

describe('a failed answer', () => {
  it.each([
    ['Error Replicating AWS Key : ThrottlingException: You have exceeded the rate', 'throttled', 'ThrottlingException'],
    [
      'operation error KMS: ReplicateKey, https response error StatusCode: 400, RequestID: 7c2f1f0e-aaaa-bbbb-cccc-0123456789ab, ThrottlingException: slow',
      'throttled',
      'ThrottlingException',
    ],
    ['operation error KMS: ReplicateKey, api error AccessDenied: no', 'access_denied', 'AccessDenied'],
    [
      `X : AlreadyExistsException: You can create only one replica of each primary key`,
      'already_exists',
      'AlreadyExistsException',
    ],
    [
      'X : AlreadyExistsException: An alias with the name alias/x already exists',
      'alias_taken',
      'AlreadyExistsException',
    ],
    [`X : DisabledException: ${arn} is disabled.`, 'key_disabled', 'DisabledException'],
    [`X : KMSInvalidStateException: ${arn} is creating.`, 'key_creating', 'KMSInvalidStateException'],
    [`X : KMSInvalidStateException: ${arn} is updating.`, 'key_updating', 'KMSInvalidStateException'],
    [`X : KMSInvalidStateException: ${arn} is pending import.`, 'key_pending_import', 'KMSInvalidStateException'],
    [`X : KMSInvalidStateException: ${arn} is pending deletion.`, 'key_pending_deletion', 'KMSInvalidStateException'],
    ['X : KMSInvalidStateException: something else', 'invalid_state', 'KMSInvalidStateException'],
    [
      `X : UnsupportedOperationException: ${arn} is not a multi-Region primary key`,
      'not_primary',
      'UnsupportedOperationException',
    ],
    [
      'X : UnsupportedOperationException: HMAC is not offered',
      'unsupported_operation',
      'UnsupportedOperationException',
    ],
    ['X : LimitExceededException: 100000 keys', 'limit_exceeded', 'LimitExceededException'],
    [
      'X : MalformedPolicyDocumentException: The new key policy',
      'malformed_policy',
      'MalformedPolicyDocumentException',
    ],
    ['X : NotFoundException: no', 'key_not_found', 'NotFoundException'],
    ['X : TagException: no', 'invalid_tag', 'TagException'],
    ['X : InvalidArnException: no', 'invalid_arn', 'InvalidArnException'],
    ['X : KMSInternalException: no', 'kms_internal', 'KMSInternalException'],
    ['X : DependencyTimeoutException: no', 'dependency_timeout', 'DependencyTimeoutException'],
    ['X : IncorrectKeyMaterialException: no', 'incorrect_key_material', 'IncorrectKeyMaterialException'],
    [
      'X : UnrecognizedClientException: The security token is invalid',
      'aws_client_unrecognized',
      'UnrecognizedClientException',
    ],
    ['X : InvalidClientTokenId: The security token is invalid', 'aws_credentials', 'InvalidClientTokenId'],
    [
      'X : AccessDenied: User: arn:aws:iam::111122223333:user/cckm is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/r\n\tstatus code: 403, request id: 7c2f1f0e-aaaa-bbbb-cccc-0123456789ab',
      'assume_role_denied',
      'AccessDenied',
    ],
    [
      'operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: 7c2f1f0e-aaaa-bbbb-cccc-0123456789ab, api error AccessDenied: no',
      'assume_role_denied',
      'AccessDenied',
    ],
    ['X : ConflictException: an automatic rotation of this key is in progress', 'kms_conflict', 'ConflictException'],
    ['X : RequestExpired: Request has expired.', 'aws_request_expired', 'RequestExpired'],
    ['X : RequestExpiredException: Request has expired.', 'aws_request_expired', 'RequestExpiredException'],
    [
      'X : InvalidSignatureException: Signature expired: 20261129T100000Z is now earlier than 20261129T101500Z',
      'aws_request_expired',
      'InvalidSignatureException',
    ],
    ['X : SomethingNewException: no', 'unknown', 'SomethingNewException'],
  ])('is known by the exception that its text names, whatever the status: %s', (message, code, providerCode) => {
    for (const httpStatus of [400, 409, 429, 500]) {
      expect(classifyFailure({ httpStatus, body: wrapped(message) })).toMatchObject({ code, providerCode });
    }
  });

  it.each([
    'RequestError: send request failed\ncaused by: Post "https://kms.eu-west-1.amazonaws.com/": dial tcp: lookup kms.eu-west-1.amazonaws.com: no such host',
    'RequestError: send request failed caused by: Post "https://kms.eu-west-1.amazonaws.com/": dial tcp 52.94.1.1:443: i/o timeout',
    'RequestError: send request failed caused by: read tcp 10.0.0.1:4000->52.94.1.1:443: read: connection reset by peer',
    'RequestError: send request failed caused by: Post "https://kms.eu-west-1.amazonaws.com/": EOF',
    'RequestError: send request failed caused by: Post "https://kms.eu-west-1.amazonaws.com/": net/http: TLS handshake timeout',
    'RequestError: send request failed caused by: Post "https://kms.eu-west-1.amazonaws.com/": context deadline exceeded',
    'RequestCanceled: request context canceled caused by: context canceled',
    'RequestError: send request failed caused by: Post "https://kms.eu-west-1.amazonaws.com/": proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused',
    'operation error KMS: ReplicateKey, https response error StatusCode: 0, RequestID: , request send failed, Post "https://kms.eu-west-1.amazonaws.com/": dial tcp: lookup kms.eu-west-1.amazonaws.com on 10.0.0.2:53: server misbehaving',
    'operation error KMS: ReplicateKey, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https://kms.eu-west-1.amazonaws.com/": http2: client connection lost',
    'operation error KMS: ReplicateKey, https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded',
    'operation error KMS: CreateAlias, failed to resolve service endpoint, operation error STS: AssumeRole, https response error StatusCode: 0, RequestID: , request send failed, Post "https://sts.eu-west-1.amazonaws.com/": EOF',
    'write tcp 10.0.0.1:4000->52.94.1.1:443: write: broken pipe',
    'unexpected EOF',
    'EOF',
    'connect: no route to host',
    'Client.Timeout exceeded while awaiting headers',
    'SomeTransportException: connection reset by peer',
  ])('without an answer of AWS may have landed, whatever the status: %s', (cause) => {
    for (const httpStatus of [400, 409, 422, 500]) {
      for (const codeDesc of ['NCERRBadRequest: Bad HTTP request', 'NCERRInternalServerError: unexpected error']) {
        const body = wrapped(`Error Replicating AWS Key : ${cause}`, codeDesc);
        expect(classifyFailure({ httpStatus, body })).toMatchObject({ code: 'kms_unreachable', mayHaveLanded: true });
      }
    }
  });

  it.each([
    ['X : DependencyTimeoutException: dial tcp: i/o timeout', 'dependency_timeout'],
    ['X : ThrottlingException: Rate exceeded (connection reset by peer on attempt 1)', 'throttled'],
  ])('that AWS names is what AWS names, whatever was lost before: %s', (message, code) => {
    expect(classifyFailure({ httpStatus: 400, body: wrapped(message) }).code).toBe(code);
  });

  it.each([
    [401, 'NCERRUnauthorized: x', 'cckm_unauthorized'],
    [404, 'NCERRResourceNotFound: Resource not found', 'cckm_not_found'],
    [409, 'NCERRConflict: x', 'cckm_conflict'],
    [400, 'NCERRInvalidParamValue: x', 'cckm_bad_request'],
    [422, 'NCERRInvalidParamValue: x', 'cckm_bad_request'],
    [500, 'NCERRInternalServerError: unexpected error', 'cckm_internal'],
    [503, 'NCERRBadRequest: Bad HTTP request', 'cckm_unavailable'],
  ])('without an exception is known by its codeDesc: %d %s', (httpStatus, codeDesc, code) => {
    expect(classifyFailure({ httpStatus, body: wrapped('something', codeDesc) }).code).toBe(code);
  });

  it.each([
    [400, 'NCERRBadRequest: Bad HTTP request'],
    [422, 'NCERRBadRequest: Bad HTTP request'],
    [200, 'NCERRBadRequest: Bad HTTP request'],
    [400, 'NCERRSomethingNew: x'],
    [413, 'NCERRSomethingNew: x'],
    [421, 'NCERRSomethingNew: x'],
    [451, 'NCERRSomethingNew: x'],
  ])('that proves no refusal may have landed, and is not final: %d %s', (httpStatus, codeDesc) => {
    const failure = classifyFailure({ httpStatus, body: wrapped('something', codeDesc) });
    expect(failure).toMatchObject({ code: 'unknown', mayHaveLanded: true });
    expect(errorRule(failure.code).verdict).toBe('reconcile');
  });

  it('names a call that CCKM makes after the one asked for: that one may have landed', () => {
    const denied = (operation: string) =>
      wrapped(`X : AccessDeniedException: not authorized to perform: ${operation} on x`);
    const landed = (operation: string) => classifyFailure({ httpStatus: 400, body: denied(operation) }).mayHaveLanded;
    expect(['kms:ReplicateKey', 'kms:CreateKey', 'kms:TagResource'].map(landed)).toEqual([false, false, false]);
    expect(['kms:DescribeKey', 'kms:CreateAlias', 'kms:GetKeyPolicy'].map(landed)).toEqual([true, true, true]);
  });

  it.each([
    [401, 'cckm_unauthorized'],
    [403, 'unreadable_answer'],
    [429, 'rate_limited'],
    [500, 'cckm_internal'],
    [502, 'cckm_unavailable'],
    [503, 'cckm_unavailable'],
    [504, 'cckm_unavailable'],
    [404, 'unreadable_answer'],
    [400, 'unreadable_answer'],
    [413, 'unreadable_answer'],
    [421, 'unreadable_answer'],
    [431, 'unreadable_answer'],
    [451, 'unreadable_answer'],
    [302, 'unreadable_answer'],
  ])('that is no JSON is known by its status: %d', (httpStatus, code) => {
    const body = '<html><style>b{}</style><body><h1>Bad Gateway</h1></body></html>';
    expect(classifyFailure({ httpStatus, body })).toMatchObject({ code, message: 'Bad Gateway' });
    const gateway = JSON.stringify({ message: 'upstream connect error: connection timeout' });
    expect(classifyFailure({ httpStatus, body: gateway }).code).toBe(code);
  });

  it('keeps the request id of AWS, however the text writes it', () => {
    const id = '7c2f1f0e-aaaa-bbbb-cccc-0123456789ab';
    for (const text of [
      `status code: 400, request id: ${id}`,
      `RequestID: ${id}, x`,
      `request_id=${id}`,
      `"requestId": "${id}"`,
      `Request ID: ${id}`,
    ]) {
      expect(classifyFailure({ httpStatus: 400, body: wrapped(`X : KMSInternalException: y ${text}`) }).requestId).toBe(
        id,
      );
    }
    expect(classifyFailure({ httpStatus: 400, body: wrapped('RequestID: , request send failed') }).requestId).toBe(
      null,
    );
  });

  it('keeps the request id that it names', () => {
    const body = JSON.stringify({ codeDesc: 'NCERRBadRequest: x', message: 'm', requestID: 'abc' });
    expect(classifyFailure({ httpStatus: 400, body }).requestId).toBe('abc');
  });
});

describe('the catalogue', () => {
  it('does not retry LimitExceeded, which general SDKs take for throttling', () => {
    expect(errorRule('limit_exceeded').verdict).toBe('final');
  });

  it('asks CCKM before it calls again, wherever the work may have been done', () => {
    for (const [code, rule] of Object.entries(errorCatalogue)) {
      if (rule.verdict === 'final') expect(rule.mayHaveLanded, code).toBe(false);
    }
  });

  it('tells the operator what to do about every error', () => {
    for (const [code, rule] of Object.entries(errorCatalogue)) {
      expect(rule.title, code).toMatch(/\.$/);
      expect(rule.operatorAdvice.length, code).toBeGreaterThan(3);
    }
  });
});

describe('a message from outside', () => {
  const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJsb2NhbHxhZG1pbiJ9.c2lnbmF0dXJl';
  const policy = '{"Version":"2012-10-17","Statement":[{"Principal":{"AWS":"arn:aws:iam::111122223333:root"}}]}';

  it.each([
    [`token ${jwt} refused`, jwt],
    ['Authorization: Bearer abc.def', 'abc.def'],
    ['{"username":"a","password":"s3cret"}', 's3cret'],
    ['refresh_token=0123456789abcdef', '0123456789abcdef'],
    ['postgres://keyferry:s3cret@db.example.com/keyferry refused', 's3cret'],
    [`bad policy ${policy} here`, '111122223333'],
    [`bad policy ${JSON.stringify(policy)} here`, '111122223333'],
    [`cut off {"Policy": {"Statement": [{"Principal": "arn:aws:iam::111122223333:root"`, '111122223333'],
  ])('loses what must not be stored: %s', (text, secret) => {
    expect(redactMessage(text)).not.toContain(secret);
  });

  it('keeps what explains the error, and ends', () => {
    expect(redactMessage(`DisabledException: ${arn} is disabled.`)).toBe(`DisabledException: ${arn} is disabled.`);
    expect(redactMessage('x'.repeat(10_000)).length).toBeLessThanOrEqual(500);
    expect(redactMessage('x'.repeat(10_000), { longest: 900 })).toHaveLength(900);
  });

  it('can be stored wherever it is cut', () => {
    for (const odd of ['😀', '\ud83d', '\0', '\ude00x']) {
      for (const lead of ['', 'x']) {
        for (const longest of [500, 20_000]) {
          const stored = redactMessage(lead + odd.repeat(15_000), { longest });
          expect(stored.isWellFormed() && !stored.includes('\0')).toBe(true);
        }
      }
    }
  });

  it('keeps its length in whatever place of a list it stands', () => {
    // @ts-expect-error: an index is no option; a caller without types passes it all the same.
    expect(['first message', 'second', 'third'].map(redactMessage)).toEqual(['first message', 'second', 'third']);
  });
});

describe('backoff', () => {
  it('grows, is spread, and stays under its cap', () => {
    const options = { baseMs: 1000, capMs: 60_000 };
    expect(backoffDelayMs(1, options, () => 1)).toBe(1000);
    expect(backoffDelayMs(4, options, () => 1)).toBe(8000);
    expect(backoffDelayMs(4, options, () => 0)).toBe(800);
    expect(backoffDelayMs(50, options, () => 1)).toBe(60_000);
  });

  it('reads Retry-After in both its forms', () => {
    const now = new Date('2026-11-23T12:00:00Z');
    expect(parseRetryAfter('7', now)).toBe(7000);
    expect(parseRetryAfter('Mon, 23 Nov 2026 12:00:30 GMT', now)).toBe(30_000);
    expect(parseRetryAfter('86400', now)).toBe(300_000);
    expect(parseRetryAfter('soon', now)).toBeNull();
    expect(parseRetryAfter(undefined, now)).toBeNull();
  });
});
