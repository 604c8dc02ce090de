import type { DeliveryState } from '@keyferry/core';

/** How each state of a delivery is called and coloured. */
export const deliveryLooks: Readonly<Record<DeliveryState, { label: string; colour: string }>> = {
  pending: { label: 'Pending', colour: 'blue' },
  delivered: { label: 'Delivered', colour: 'teal' },
  failed: { label: 'Failed', colour: 'red' },
};
