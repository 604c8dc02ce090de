import { AwsException } from './aws-exception.ts';
import type { Kms } from './kms.ts';
import { arnOf, hasMaterial, type Member } from './member.ts';
import { mustAllow } from './state-table.ts';

/** GetParametersForImport and ImportKeyMaterial. `validTo`: when the material expires. Throws AwsException. */
export function importKeyMaterial(kms: Kms, member: Member, sourceKeyId: string, validTo: number | null): void {
  const { account, region } = member;
  kms.quotas.spend(account, region, 'GetParametersForImport');
  if (member.origin !== 'EXTERNAL') {
    throw new AwsException(
      'UnsupportedOperationException',
      `${arnOf(member)} origin is AWS_KMS which is not valid for this operation.`,
    );
  }
  mustAllow('ImportKeyMaterial', member, kms.state(member));
  kms.quotas.spend(account, region, 'ImportKeyMaterial');
  const primary = kms.set(member.keyId).find((candidate) => candidate.type === 'PRIMARY');
  const first = primary && primary !== member ? primary.sourceKeyId : member.sourceKeyId;
  if (first !== null && first !== sourceKeyId) {
    throw new AwsException(
      'IncorrectKeyMaterialException',
      'The key material in the request is not the material that the key had before.',
    );
  }
  // Once more the same: it was there already.
  if (!hasMaterial(member, kms.now())) member.materialAt = kms.now();
  member.validTo = validTo;
  member.importError = null;
  member.sourceKeyId = sourceKeyId;
  member.updatedAt = kms.now();
}
