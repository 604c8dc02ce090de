import { saysUnreached } from './aws-unreached.ts';
import { type ErrorCode, errorRule } from './catalogue.ts';
import { redactMessage } from './redact.ts';
import type { ReplicaErrorView } from './replica-error.ts';

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
  /** AWS may have done the work all the same: by the error, or because the text names a call that CCKM makes after it. */
  readonly mayHaveLanded: boolean;
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
  UnrecognizedClient: 'aws_client_unrecognized',
  RegionDisabled: 'aws_client_unrecognized',
  InvalidClientTokenId: 'aws_credentials',
  InvalidSignature: 'aws_credentials',
  SignatureDoesNotMatch: 'aws_credentials',
  ExpiredToken: 'aws_credentials',
  IncompleteSignature: 'aws_credentials',
  MissingAuthenticationToken: 'aws_credentials',
  AuthFailure: 'aws_credentials',
  NoCredentialProviders: 'aws_credentials',
  RequestExpired: 'aws_request_expired',
  RequestTimeTooSkewed: 'aws_request_expired',
  Conflict: 'kms_conflict',
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
  { exception: 'AccessDenied', text: /\bsts:AssumeRole\b|\bSTS: AssumeRole\b/i, code: 'assume_role_denied' },
  { exception: 'NotAuthorized', text: /\bsts:AssumeRole\b/i, code: 'assume_role_denied' },
  { exception: 'InvalidSignature', text: /\bsignature (expired|not yet current)\b/i, code: 'aws_request_expired' },
  { exception: 'AlreadyExists', text: /\balias\b/i, code: 'alias_taken' },
  { exception: 'UnsupportedOperation', text: /not a multi-?region primary/i, code: 'not_primary' },
  { exception: 'UnsupportedOperation', text: /./s, code: 'unsupported_operation' },
];

/** CCKM's own words for what its `codeDesc` does not tell. */
const cckmTexts: readonly [RegExp, ErrorCode][] = [[/key material already exists/i, 'material_present']];

/** What CCKM says for itself. `NCERRBadRequest` is not here: it wraps whatever came back from AWS, an answer or none. */
const codeDescs: readonly [RegExp, ErrorCode][] = [
  [/^NCERRUnauthorized/, 'cckm_unauthorized'],
  [/^NCERR(Forbidden|Permission|AccessDenied|NotPermitted)/, 'cckm_forbidden'],
  [/^NCERRResourceNotFound/, 'cckm_not_found'],
  [/^NCERR(Conflict|KeyAlreadyExists|ResourceAlreadyExists)/, 'cckm_conflict'],
  [/^NCERR(TooManyRequests|RateLimit)/, 'rate_limited'],
  [/^NCERR(ServiceUnavailable|Unavailable|Timeout)/, 'cckm_unavailable'],
  [/^NCERRInternalServerError/, 'cckm_internal'],
  [/^NCERR(Invalid|MissingParam)/, 'cckm_bad_request'],
];

/**
 * What a failed answer means: by the AWS exception that its text names, else by what CCKM's AWS client says when it got no
 * answer, else by CCKM's `codeDesc`, else by the HTTP status. Never by the status when a name is there: CCKM wraps AWS's
 * throttling, AWS's final errors and lost answers alike in a 400. What proves no refusal may have landed.
 */
export function classifyFailure({ httpStatus, body }: FailedAnswer): ClassifiedFailure {
  const envelope = readEnvelope(body);
  const text = envelope ? [envelope.codeDesc, envelope.message].filter(Boolean).join(' ') : body;
  const exception = findException(envelope?.message ?? '') ?? findException(text);
  const message = redactMessage(envelope?.message || envelope?.codeDesc || plainText(body) || `HTTP ${httpStatus}`);
  const requestId =
    envelope?.requestId ?? /\brequest[ _-]?id["']?\s*[:=]\s*["']?([0-9a-f][0-9a-z-]{7,63})/i.exec(text)?.[1] ?? null;
  const codeDesc = envelope?.codeDesc?.split(':')[0]?.trim() || null;
  const code =
    (exception === null ? null : codeOfException(exception, text)) ??
    (envelope === null ? null : withoutException(envelope, text, httpStatus)) ??
    (exception === null ? codeOfAnswer(envelope, codeDesc, httpStatus) : 'unknown');
  const mayHaveLanded = errorRule(code).mayHaveLanded || namesLaterCall(text);
  return { code, message, providerCode: exception ?? codeDesc, requestId, mayHaveLanded };
}

interface Envelope {
  /** It has what CCKM's own envelope has, and a gateway's has not. */
  readonly ofCckm: boolean;
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
  const codeDesc = text('codeDesc', 'code_desc');
  return {
    ofCckm: codeDesc !== null || typeof fields.code === 'number',
    codeDesc,
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
    /(?:^|[\s:,])(Throttling|AccessDenied|UnrecognizedClient|InvalidClientTokenId|OptInRequired|RequestLimitExceeded|SignatureDoesNotMatch|ExpiredToken|RequestExpired|RequestTimeTooSkewed|NoCredentialProviders|AuthFailure)(?=[:\s,.]|$)/.exec(
      text,
    )?.[1];
  return bare ?? (/exceeded the rate at which you may call KMS/i.test(text) ? 'ThrottlingException' : null);
}

/** Null: it is none that Keyferry knows, and its text says more than its name. */
function codeOfException(exception: string, text: string): ErrorCode | null {
  const name = exception.replace(/(Exception|Fault)$/, '');
  const special = byText.find((entry) => entry.exception === name && entry.text.test(text));
  return special?.code ?? awsExceptions[name] ?? awsExceptions[exception] ?? null;
}

/** The texts that say what AWS did, or that nothing is known of it, where no exception that is known does. */
function withoutException({ ofCckm, codeDesc }: Envelope, text: string, status: number): ErrorCode | null {
  const told = cckmTexts.find(([pattern]) => pattern.test(text))?.[1];
  if (told) return told;
  // What is down between CCKM and its own parts, or before CCKM, is worded alike.
  const ofCckmItself =
    [502, 503, 504].includes(status) || /^NCERR(ServiceUnavailable|Unavailable)/.test(codeDesc ?? '');
  const aboutAws = /amazonaws|\.api\.aws\b|operation error (KMS|STS)|\bsend request failed|\bRequestCanceled/i.test(
    text,
  );
  if (saysUnreached(text) && (aboutAws || (ofCckm && !ofCckmItself))) return 'kms_unreachable';
  // A front of AWS answered, without a name: its own failure.
  if (/\bstatus ?code: 5\d\d\b/i.test(text)) return 'kms_internal';
  if (/\bsts:AssumeRole\b/.test(text) && /not authorized|access denied/i.test(text)) return 'assume_role_denied';
  return null;
}

/** What CCKM's answer means by its `codeDesc` and status. A refusal is CCKM's own word; anything else proves none. */
function codeOfAnswer(envelope: Envelope | null, codeDesc: string | null, status: number): ErrorCode {
  const known = codeDesc === null ? undefined : codeDescs.find(([pattern]) => pattern.test(codeDesc))?.[1];
  if (known !== undefined) return known;
  if (status === 401) return 'cckm_unauthorized';
  if (status === 403 && envelope?.ofCckm) return 'cckm_forbidden';
  if (status === 404 && envelope?.ofCckm) return 'cckm_not_found';
  if (status === 409) return 'cckm_conflict';
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 502 || status === 503 || status === 504) return 'cckm_unavailable';
  if (status >= 500) return 'cckm_internal';
  return envelope?.ofCckm ? 'unknown' : 'unreadable_answer';
}

/**
 * Whether a text names a call to AWS that CCKM makes only after the one that was asked for, or beside it: reading the new key
 * back, its alias, its policy. It proves no refusal of that one.
 */
function namesLaterCall(text: string): boolean {
  return /\b(?:operation error KMS: |kms:)(?:DescribeKey|CreateAlias|ListAliases|GetKeyPolicy|PutKeyPolicy|ListResourceTags|GetKeyRotationStatus|ListKeyRotations)\b/.test(
    text,
  );
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
