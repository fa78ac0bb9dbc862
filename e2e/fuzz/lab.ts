import type { Lab } from '../../src/core/lab/lab.ts'
import { readDocument } from '../../src/worker/document.ts'
import { createLab } from '../../src/worker/engine.ts'
import { projectFile } from './files.ts'

/** A lab at rest that forgets what is done to it. */
export class Sandbox {
  readonly lab: Lab
  readonly #rest: number

  constructor(file: string) {
    const document = readDocument(projectFile(`public/labs/${file}`))
    this.lab = createLab({ ...document, spec: { ...document.spec!, script: [] } })
    this.lab.run()
    this.#rest = this.lab.world.journal.length
  }

  /** Does something at the live edge, and undoes it afterwards, whatever came of it. */
  attempt<T>(act: (lab: Lab) => T): T {
    const { lab } = this
    try {
      return act(lab)
    } finally {
      if (lab.world.journal.length !== this.#rest) {
        lab.sim.seek(this.#rest)
        lab.sim.fork()
      }
    }
  }
}

/** Made when first used: a target that is not run costs nothing. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
