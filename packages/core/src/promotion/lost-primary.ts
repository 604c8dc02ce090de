/** What a call is told beside KMS's own words when the primary's Region, where it has to be made, does not answer. */
export function lostPrimary(region: string): string {
  return `Neither replication nor promotion is possible while ${region}, the primary's, is down; existing replicas keep decrypting.`;
}
