export { faultOfDestination } from './checked-lookup.ts';
export type { DestinationRules } from './destination.ts';
export { attemptOutcomes, openSender, type Sender, type SentAttempt } from './send.ts';
export { newSecret } from './sign.ts';
