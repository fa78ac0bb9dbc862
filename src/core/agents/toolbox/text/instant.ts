import type { Ctx, Program } from '../../contracts/program.ts'

/** What a command that needs no waiting answers. */
export interface Instant {
  readonly out?: string
  readonly err?: string
  readonly code?: number
}

export type InstantCommand = (ctx: Ctx<unknown>, args: readonly string[]) => Instant

/** A command that runs at once, as a program. */
export const instantProgram = (name: string, run: InstantCommand): Program => ({
  name,
  start(ctx) {
    const { out = '', err = '', code = 0 } = run(ctx, ctx.argv.slice(1))
    ctx.write(1, out)
    ctx.write(2, err)
    ctx.exit(code)
  },
  on() {},
})
