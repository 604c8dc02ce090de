import type { ReplicaErrorView } from '../api/views.ts';
import { type ErrorCode, errorRule } from './catalogue.ts';
import { redactMessage } from './redact.ts';

/** An answer of CCKM that is not success. */
export interface FailedAnswer {
  readonly httpStatus: number;
  /** The body, as text. */
  readonly body: string;
}

/** What such an answer means. */
export interface ClassifiedFailure {
  readonly code: ErrorCode;
  readonly message: string;
  /** The AWS exception, else CCKM's codeDesc. */
  readonly providerCode: string | null;
  readonly requestId: string | null;
}

/** AWS exceptions by the name without its ending; what depends on the text stands in `byText`. */
const awsExceptions: Readonly<Record<string, ErrorCode>> = {
  Throttling: 'throttled',
  ThrottledException: 'throttled',
  RequestLimitExceeded: 'throttled',
  TooManyRequests: 'throttled',
  SlowDown: 'throttled',
  KMSInternal: 'kms_internal',
  InternalFailure: 'kms_internal',
  InternalService: 'kms_internal',
  ServiceUnavailable: 'kms_internal',
  DependencyTimeout: 'dependency_timeout',
  AlreadyExists: 'already_exists',
  Disabled: 'key_disabled',
  MalformedPolicyDocument: 'malformed_policy',
  NotFound: 'key_not_found',
  LimitExceeded: 'limit_exceeded',
  InvalidArn: 'invalid_arn',
  InvalidAliasName: 'invalid_alias',
  Tag: 'invalid_tag',
  Validation: 'validation',
  AccessDenied: 'access_denied',
  NotAuthorized: 'access_denied',
  OptInRequired: 'access_denied',
  UnrecognizedClient: 'aws_credentials',
  InvalidClientTokenId: 'aws_credentials',
  InvalidSignature: 'aws_credentials',
  SignatureDoesNotMatch: 'aws_credentials',
  ExpiredToken: 'aws_credentials',
  IncompleteSignature: 'aws_credentials',
  IncorrectKeyMaterial: 'incorrect_key_material',
  InvalidCiphertext: 'incorrect_key_material',
  ExpiredImportToken: 'import_token_expired',
  InvalidImportToken: 'import_token_expired',
  CustomKeyStoreInvalidState: 'unsupported_operation',
  KeyUnavailable: 'kms_internal',
};

/** Exceptions whose verdict stands in their text. First match wins. */
const byText: readonly { exception: string; text: RegExp; code: ErrorCode }[] = [
  { exception: 'KMSInvalidState', text: /is creating/i, code: 'key_creating' },
  { exception: 'KMSInvalidState', text: /is updating/i, code: 'key_updating' },
  { exception: 'KMSInvalidState', text: /pending ?import/i, code: 'key_pending_import' },
  { exception: 'KMSInvalidState', text: /pending ?(replica ?)?deletion/i, code: 'key_pending_deletion' },
  { exception: 'KMSInvalidState', text: /is disabled/i, code: 'key_disabled' },
  { exception: 'KMSInvalidState', text: /./s, code: 'invalid_state' },
  { exception: 'AlreadyExists', text: /\balias\b/i, code: 'alias_taken' },
  { exception: 'UnsupportedOperation', text: /not a multi-?region primary/i, code: 'not_primary' },
  { exception: 'UnsupportedOperation', text: /./s, code: 'unsupported_operation' },
];

/** CCKM's own words for what its `codeDesc` does not tell. */
const cckmTexts: readonly [RegExp, ErrorCode][] = [[/key material already exists/i, 'material_present']];

const codeDescs: readonly [RegExp, ErrorCode][] = [
  [/^NCERRUnauthorized/, 'cckm_unauthorized'],
  [/^NCERR(Forbidden|Permission|AccessDenied|NotPermitted)/, 'cckm_forbidden'],
  [/^NCERRResourceNotFound/, 'cckm_not_found'],
  [/^NCERR(Conflict|KeyAlreadyExists|ResourceAlreadyExists)/, 'cckm_conflict'],
  [/^NCERR(TooManyRequests|RateLimit)/, 'rate_limited'],
  [/^NCERR(ServiceUnavailable|Unavailable|Timeout)/, 'cckm_unavailable'],
  [/^NCERRInternalServerError/, 'cckm_internal'],
  [/^NCERR(BadRequest|InvalidParamValue|Invalid|MissingParam)/, 'cckm_bad_request'],
];

/**
 * What a failed answer means: by the AWS exception that its text names, else by CCKM's `codeDesc`, else by the HTTP
 * status. Never by the status when a name is there: CCKM wraps AWS's throttling and AWS's final errors alike in a 400.
 */
export function classifyFailure({ httpStatus, body }: FailedAnswer): ClassifiedFailure {
  const envelope = readEnvelope(body);
  const text = envelope ? [envelope.codeDesc, envelope.message].filter(Boolean).join(' ') : body;
  const exception = findException(envelope?.message ?? '') ?? findException(text);
  const message = redactMessage(envelope?.message || envelope?.codeDesc || plainText(body) || `HTTP ${httpStatus}`);
  const requestId = envelope?.requestId ?? /RequestID:\s*([0-9a-f-]{20,40})/i.exec(text)?.[1] ?? null;
  if (exception) return { code: codeOfException(exception, text), message, providerCode: exception, requestId };
  const codeDesc = envelope?.codeDesc?.split(':')[0]?.trim() || null;
  const told = envelope && cckmTexts.find(([pattern]) => pattern.test(text))?.[1];
  return { code: told ?? codeOfAnswer(envelope, codeDesc, httpStatus), message, providerCode: codeDesc, requestId };
}

interface Envelope {
  readonly codeDesc: string | null;
  readonly message: string | null;
  readonly requestId: string | null;
}

/** CCKM's error envelope, whatever of it is there; null when the body is not JSON. */
function readEnvelope(body: string): Envelope | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const fields = parsed as Record<string, unknown>;
  const text = (...names: string[]): string | null => {
    const value = names.map((name) => fields[name]).find((field) => typeof field === 'string' && field !== '');
    return typeof value === 'string' ? value : null;
  };
  return {
    codeDesc: text('codeDesc', 'code_desc'),
    message: text('message', 'Message', 'error', 'detail'),
    requestId: text('requestID', 'requestId', 'request_id'),
  };
}

/** The AWS exception that a text names: `… : XException: …`, `api error X: …`, or a bare known name. */
function findException(text: string): string | null {
  const named =
    /\b([A-Z][A-Za-z]+(?:Exception|Fault))\b/.exec(text)?.[1] ?? /api error ([A-Z][A-Za-z]+)\b/.exec(text)?.[1];
  if (named) return named;
  const bare =
    /(?:^|[\s:,])(Throttling|AccessDenied|UnrecognizedClient|InvalidClientTokenId|OptInRequired|RequestLimitExceeded|SignatureDoesNotMatch|ExpiredToken)(?=[:\s,.]|$)/.exec(
      text,
    )?.[1];
  return bare ?? (/exceeded the rate at which you may call KMS/i.test(text) ? 'ThrottlingException' : null);
}

function codeOfException(exception: string, text: string): ErrorCode {
  const name = exception.replace(/(Exception|Fault)$/, '');
  const special = byText.find((entry) => entry.exception === name && entry.text.test(text));
  return special?.code ?? awsExceptions[name] ?? awsExceptions[exception] ?? 'unknown';
}

function codeOfAnswer(envelope: Envelope | null, codeDesc: string | null, status: number): ErrorCode {
  const known = codeDesc === null ? undefined : codeDescs.find(([pattern]) => pattern.test(codeDesc))?.[1];
  // The wrapper of a wrong request says less than a status that is more exact.
  if (known !== undefined && (known !== 'cckm_bad_request' || status === 400)) return known;
  if (status === 401) return 'cckm_unauthorized';
  if (status === 403) return 'cckm_forbidden';
  if (status === 404) return envelope ? 'cckm_not_found' : 'unreadable_answer';
  if (status === 409) return 'cckm_conflict';
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 502 || status === 503 || status === 504) return 'cckm_unavailable';
  if (status >= 500) return 'cckm_internal';
  if (status >= 400) return envelope ? 'cckm_bad_request' : 'unreadable_answer';
  return 'unreadable_answer';
}

/** The text of an HTML page, for a message that a person can read. */
function plainText(body: string): string {
  return body.replaceAll(/<(style|script)[\s\S]*?<\/\1>/gi, ' ').replaceAll(/<[^>]*>/g, ' ');
}

/** A failure as the API tells it. */
export function toReplicaError(failure: {
  readonly code: ErrorCode;
  readonly message: string;
  readonly httpStatus: number | null;
  readonly providerCode: string | null;
}): ReplicaErrorView {
  return {
    code: failure.code,
    message: failure.message,
    http_status: failure.httpStatus,
    retryable: errorRule(failure.code).verdict !== 'final',
    provider_code: failure.providerCode,
  };
}
