/** The schema of Postgres in which BullMQ has its tables. They are the application's own: what is in them may be lost. */
export const schema = 'bullmq';
