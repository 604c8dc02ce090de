/** The rows of a plan and its archive are not the same; nothing was deleted. */
export class ArchiveDiffers extends Error {
  override readonly name = 'ArchiveDiffers';

  constructor(planId: string, table: string, part: number) {
    super(`plan ${planId}: part ${part} of its archived ${table} differs from the table; the rows stay where they are`);
  }
}
