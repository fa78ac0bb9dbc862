import { SEC } from '../../base/time.ts'
import type { Program } from '../contracts/program.ts'
import { seconds } from './sleep.ts'

/** timeout(1) of coreutils: `timeout DURATION COMMAND…`; 124 when the command had to be stopped, 127 when there is none. */
export const timeout: Program<{ readonly child: number }> = {
  name: 'timeout',
  start(ctx) {
    const [duration, ...command] = ctx.argv.slice(1)
    const limit = duration === undefined ? null : seconds(duration)
    if (limit === null || command.length === 0) {
      ctx.write(
        2,
        limit === null && duration !== undefined
          ? `timeout: invalid time interval '${duration}'\n`
          : 'timeout: missing operand\n',
      )
      return ctx.exit(125)
    }
    const child = ctx.spawn(command)
    if (!child.ok) {
      ctx.write(2, `timeout: failed to run command '${command[0]}': No such file or directory\n`)
      return ctx.exit(127)
    }
    ctx.set({ child: child.value })
    if (limit > 0 && Number.isFinite(limit)) ctx.setTimer(Math.round(limit * SEC), 'limit')
  },
  on(ctx, event) {
    if (event.type === 'child-exit') return ctx.exit(event.code)
    if (event.type !== 'timer') return
    ctx.kill(ctx.state.child, 'TERM')
    ctx.exit(124)
  },
}
