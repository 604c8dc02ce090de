import canonicalize from 'canonicalize';

/** A value as canonical JSON (RFC 8785): the same text for the same value, whatever its names come in. */
export const canonical = (value: unknown): string => canonicalize(value) ?? '';
