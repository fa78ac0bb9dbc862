import type { Program } from '../contracts/program.ts'

/** registry.k8s.io/pause: holds a pod's namespaces, and ends at once when told to. */
export const pause: Program = {
  name: 'pause',
  catches: ['TERM', 'INT'],
  start() {},
  on(ctx, event) {
    if (event.type !== 'signal') return
    ctx.write(2, 'Shutting down, got signal: Terminated\n')
    ctx.exit(0)
  },
}
