export { type CheckToken, faultOfCheckToken } from './check-token.ts';
export { faultOfDestination } from './checked-lookup.ts';
export { type DestinationRules, faultOfUrl } from './destination.ts';
export {
  attemptOutcomes,
  type CalledCheck,
  type CheckToCall,
  openSender,
  type Sender,
  type SentAttempt,
} from './send.ts';
export { newSecret } from './sign.ts';
