import type { EvidenceDrill } from '../drill-evidence.ts';

/** README.txt of a pack: what it is and how to check it, with Keyferry and without. */
export function readmeText({ id, name }: EvidenceDrill, keyId: string | null): string {
  const signature =
    keyId === null
      ? `This pack is NOT signed: Keyferry had no signing key. Its hashes show damage, not forgery.
`
      : `It is signed with the Ed25519 key ${keyId}
(the SHA-256 of the public key). The public key is in the pack, but a forged pack can contain another one:
compare the id with one from another source, or pass the key itself:

    keyferry evidence verify PACK.zip --key public.pem
`;
  return `Evidence of the disaster-recovery drill "${name.replaceAll(/[^\x20-\x7e]/g, '?')}"
Drill ${id}

Start with report.html: it opens in any browser and prints on A4. The other files are its sources.

HOW TO VERIFY, offline, with Keyferry

    keyferry evidence verify PACK.zip

reports the first problem: any changed byte, a file that is missing or was added, a sum that does not follow
from its rows, a report or CSV file that does not match the JSON, a finding that is missing, an approval by the
caller who submitted the drill, a changed entry of the audit log, or one that contradicts the other files.

${signature}
HOW TO VERIFY with common tools, in the unpacked folder

    # every file has the hash in the manifest
    jq -r '.files | to_entries[] | "\\(.value.sha256)  \\(.key)"' manifest.json | sha256sum -c
    # the manifest is signed (OpenSSL 3)
    jq -r .public_key manifest.sig.json > public.pem
    jq -r .signature manifest.sig.json | base64 -d > signature.bin
    openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in manifest.json -sigfile signature.bin
    # the id of the key
    openssl pkey -pubin -in public.pem -outform DER | sha256sum
    # the approved runbook (if evidence.json says that runbook.json is exact)
    sha256sum runbook.json; jq -r .drill.spec_sha256 evidence.json

FILES

    report.html            the report
    evidence.json          the drill, its steps, times and totals, RTO and RPO against their targets
    runbook.json           the runbook as approved, in canonical form (RFC 8785)
    items.csv, .json       one row for each key x Region: what was found, done and proven, and when (T2 to T5)
    promotions.csv, .json  one row for each key whose primary was moved
    attempts.csv           every call to CCKM
    coverage.csv, .json    the last check of coverage, one row for each key x Region
    approvals.json         who approved or rejected, what, when
    findings.csv, .json    deviations and notes, with owner and due date
    log.json               the timeline
    http-checks.json       calls of the team's own checks, from the timeline
    audit.ndjson           entries of Keyferry's audit log about this drill and its plans, each with its hash
    audit-head.json        the end of that log, and its newest signed checkpoint
    manifest.json          SHA-256 and size of each of these files
    manifest.sig.json      the signature over manifest.json

T0 declared, T1 approved, T2 first call, T3 accepted by CCKM, T4 usable, T5 proven, T6 closed. All times are UTC.
Cells that a spreadsheet would run as a formula start with an apostrophe.
`;
}
