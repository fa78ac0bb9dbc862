import type { Descriptions } from './complete.ts'

/** The sentences for completion and hover, 110 kB of them: loaded when the editor first asks. */
export const loadDescriptions = async (): Promise<Descriptions> =>
  (await import('../core/api/schema/descriptions.generated.ts')).DESCRIPTIONS
