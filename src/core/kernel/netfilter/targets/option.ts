import type { OptionSpec, OptionUse } from '../modules/option.ts'
import type { Target } from '../types.ts'

/** A target extension. `portsKnown`: `-p` named a protocol with ports, so that a port range makes sense. */
export interface TargetModule {
  readonly name: string
  readonly options: readonly OptionSpec[]
  readonly build: (uses: readonly OptionUse[], portsKnown: boolean) => Target | string
}
