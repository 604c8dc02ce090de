import { AwsException } from './aws-exception.ts';
import { arnOf, type KeyState, type Member } from './member.ts';

const refusedIn: Record<string, readonly KeyState[]> = {
  EnableKey: ['PendingDeletion', 'PendingReplicaDeletion', 'PendingImport', 'Creating', 'Updating'],
  DisableKey: ['PendingDeletion', 'PendingReplicaDeletion', 'PendingImport', 'Creating', 'Updating'],
  ScheduleKeyDeletion: ['PendingDeletion', 'PendingReplicaDeletion', 'Updating'],
  CancelKeyDeletion: ['Enabled', 'Disabled', 'PendingImport', 'Creating', 'Updating'],
  CreateAlias: ['PendingDeletion', 'PendingReplicaDeletion'],
  TagResource: ['PendingDeletion', 'PendingReplicaDeletion'],
  UntagResource: ['PendingDeletion', 'PendingReplicaDeletion'],
  UpdateKeyDescription: ['PendingDeletion', 'PendingReplicaDeletion'],
  ImportKeyMaterial: ['PendingDeletion', 'PendingReplicaDeletion', 'Creating'],
};

const told: Record<KeyState, string> = {
  Creating: 'is creating',
  Enabled: 'is enabled',
  Disabled: 'is disabled',
  PendingImport: 'is pending import',
  PendingDeletion: 'is pending deletion',
  PendingReplicaDeletion: 'is pending deletion',
  Updating: 'is updating',
};

/** Throws KMSInvalidStateException where KMS takes no such call in this state. Source: KMS developer guide, key states. */
export function mustAllow(operation: string, member: Member, state: KeyState): void {
  if (refusedIn[operation]?.includes(state)) {
    throw new AwsException('KMSInvalidStateException', `${arnOf(member)} ${told[state]}.`);
  }
}
