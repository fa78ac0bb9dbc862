/**
 * The simulator's worker. The page's entry imports this module before anything else, so that the simulator loads while React does.
 */
export const worker = new Worker(new URL('./host.worker.ts', import.meta.url), { type: 'module' })
