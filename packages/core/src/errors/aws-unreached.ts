/**
 * What CCKM reports when its own AWS client got no answer, in whatever status and envelope: the texts of the AWS SDK for Go
 * (1 and 2), of Go's net, net/http, http2, tls and context packages, and of resolvers and proxies under them. The request may
 * have arrived. Sources: CCKM contract, section 9, row 1; aws/aws-sdk-go #1900, #2971.
 */
const withoutAnswer: readonly RegExp[] = [
  // AWS SDK for Go 1 (its error codes) and 2 (its middleware).
  /\b(RequestError|RequestCanceled|ResponseTimeout|ReadError): /,
  /\brequest send failed\b|\bsend request failed\b/i,
  /https? response error StatusCode: 0\b/i,
  /\bRequestID: , (canceled|request )/i,
  /\bfailed to (get|read|refresh)( cached)? (credentials|response body)\b.*\b(timeout|deadline|EOF|refused|reset|no such host)\b/is,
  // The context of the call, and net/http.
  /\bcontext (deadline exceeded|cancell?ed)\b/i,
  /\brequest cancell?ed\b/i,
  /Client\.Timeout( or context cancellation)? (exceeded )?while (awaiting headers|reading body)/i,
  /\bnet\/http: |\bhttp2: |\bhttp: server closed idle connection/i,
  /\btimeout awaiting (response )?headers\b/i,
  /\bproxyconnect tcp\b/i,
  // Names, connections, TLS.
  /\bdial (tcp|udp)[46]?\b|\b(read|write) (tcp|udp)[46]? /i,
  /\bno such host\b|\bserver misbehaving\b|\bname resolution\b|\b(could not|cannot|unable to) resolve (the )?host\b/i,
  /\bi\/o timeout\b|\b(connection|connect|operation|read|write|request|handshake) timed out\b|\b(connect|connection|read|socket|handshake) timeout\b/i,
  /\bconnection (was )?(reset|refused|aborted|closed|lost|forcibly closed)\b|\breset by peer\b|\bbroken pipe\b/i,
  /\buse of closed (network )?connection\b|\bclosed (network )?connection\b/i,
  /\b(network|host|destination) is (unreachable|down)\b|\bno route to host\b/i,
  /\bunexpected EOF\b|(^|[\s:"'])EOF([\s.,;"')]|$)/,
  /\bTLS handshake\b|\btls: |\bx509: |\bremote error: tls\b/i,
  /\b(ECONNRESET|ECONNREFUSED|ECONNABORTED|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b/,
];

/** Whether a text says that CCKM's AWS client got no answer, so that what AWS did is not known. */
export function saysUnreached(text: string): boolean {
  return withoutAnswer.some((pattern) => pattern.test(text));
}

/** The Region of the AWS endpoint that a text names first; null: it names none. */
export function regionOfEndpoint(text: string): string | null {
  return /\b(?:kms|kms-fips|sts|sts-fips)\.([a-z]{2,}(?:-[a-z]+)+-\d+)\./i.exec(text)?.[1]?.toLowerCase() ?? null;
}
