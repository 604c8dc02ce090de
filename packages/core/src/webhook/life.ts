/** The life of a delivery of an event to a webhook: its states, and which may follow which. */

export const deliveryStates = ['pending', 'delivered', 'failed'] as const;

export type DeliveryState = (typeof deliveryStates)[number];

/** Allowed transitions. The database holds the same in `state_transitions` and refuses any other; a test compares the two. */
export const deliveryTransitions: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  pending: ['delivered', 'failed'],
  // Sent again by hand.
  delivered: ['pending'],
  failed: ['pending'],
};

/** The states in which a delivery begins. */
export const firstDeliveryStates: readonly DeliveryState[] = ['pending'];
